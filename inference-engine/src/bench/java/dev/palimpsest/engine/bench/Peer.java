package dev.palimpsest.engine.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs llama-bench once and reads its figures. */
final class Peer {
  private static final Pattern SPEED = Pattern.compile("\"avg_ts\": *([0-9.]+)");

  private final List<String> command;
  private final Path model;
  private final int threads;

  Peer(List<String> command, Path model, int threads) {
    this.command = command;
    this.model = model;
    this.threads = threads;
  }

  /** Tokens per second of a prompt or a generation; one of the two counts is 0. */
  double tokensPerSecond(int prompt, int generated) throws IOException {
    List<String> call = new ArrayList<>(command);
    call.addAll(List.of("-m", model.toString(), "-t", "" + threads, "-r", "1", "-o", "jsonl"));
    call.addAll(List.of("-p", "" + prompt, "-n", "" + generated));
    Process process =
        new ProcessBuilder(call).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher speed = SPEED.matcher(out);
    if (!speed.find()) {
      throw new IOException("no figures from: " + String.join(" ", call));
    }
    return Double.parseDouble(speed.group(1));
  }
}
