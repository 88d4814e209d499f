package dev.palimpsest.engine.bench;

import dev.palimpsest.engine.backend.KvBlock;
import dev.palimpsest.engine.tensor.DType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line.
 *
 * @param model a GGUF file, or null for a random one
 * @param shape of the random model, one of {@link RandomModel#SHAPES}: 100 MB or 600 to 700
 * @param backend as {@code Backend.open} takes it
 * @param threads compute threads
 * @param runs how often each figure is measured, at least 5
 * @param peer how llama-bench is called, or null
 * @param snapshotTokens tokens of the session that goes to disk and back
 * @param sessionTokens tokens of the session whose turns are timed, or 0
 * @param cacheType of the keys and values of both sessions
 * @param peerServer how llama-server is called, or null
 * @param tokenizer a GGUF file with the vocabulary of recorded traffic, or null to replay none
 * @param only the part that is measured, one of {@link #PARTS}, or null for all
 * @param isJson whether the figures are printed as JSON too
 */
record Options(
    @Nullable Path model,
    String shape,
    String backend,
    int threads,
    int runs,
    @Nullable List<String> peer,
    int snapshotTokens,
    int sessionTokens,
    DType cacheType,
    @Nullable List<String> peerServer,
    @Nullable Path tokenizer,
    @Nullable String only,
    boolean isJson) {
  static final String USAGE =
      """
      usage: EngineBenchmark [--model FILE | --shape small|0.6b|small-hybrid|hybrid]
                             [--backend auto|native|vector|scalar] [--threads N] [--runs N]
                             [--snapshot-tokens N] [--session-tokens N]
                             [--kv-type f32|f16|bf16|q8_0] [--peer "LLAMA-BENCH COMMAND"]
                             [--peer-server "LLAMA-SERVER COMMAND"] [--tokenizer FILE]
                             [--only speed|snapshot|drafts|session] [--json]
      """;

  /** What can be measured alone. */
  static final List<String> PARTS = List.of("speed", "snapshot", "drafts", "session");

  private static final int RUNS_MIN = 5;
  private static final int SNAPSHOT_TOKENS = 512;

  /** Reads the arguments; says what is wrong with them in an IllegalArgumentException. */
  static Options of(String... arguments) {
    Options options =
        new Options(
            null,
            "small",
            "auto",
            Runtime.getRuntime().availableProcessors(),
            RUNS_MIN,
            null,
            SNAPSHOT_TOKENS,
            0,
            DType.F32,
            null,
            null,
            null,
            false);
    for (int i = 0; i < arguments.length; i++) {
      String name = arguments[i];
      if (name.equals("--json")) {
        options = options.withJson();
        continue;
      }
      if (i + 1 == arguments.length) {
        throw new IllegalArgumentException(name + " has no value, or is no option");
      }
      options = options.with(name, arguments[++i]);
    }
    return options;
  }

  private Options with(String name, String value) {
    return switch (name) {
      case "--model" -> change(Path.of(value), shape, backend);
      case "--shape" -> change(model, value, backend);
      case "--backend" -> change(model, shape, value);
      case "--threads" -> change(number(name, value, 1), runs, snapshotTokens);
      case "--runs" -> change(threads, number(name, value, RUNS_MIN), snapshotTokens);
      case "--snapshot-tokens" -> change(threads, runs, number(name, value, 1));
      case "--session-tokens" -> change(number(name, value, 1), cacheType, peerServer);
      case "--kv-type" -> change(sessionTokens, type(value), peerServer);
      case "--peer-server" -> change(sessionTokens, cacheType, words(value));
      case "--peer" -> change(words(value), tokenizer, only, isJson);
      case "--tokenizer" -> change(peer, Path.of(value), only, isJson);
      case "--only" -> change(peer, tokenizer, part(value), isJson);
      default -> throw new IllegalArgumentException("no option " + name);
    };
  }

  private Options change(@Nullable Path newModel, String newShape, String newBackend) {
    return new Options(
        newModel, newShape, newBackend, threads, runs, peer, snapshotTokens, sessionTokens, cacheType, peerServer, tokenizer, only, isJson);
  }

  private Options change(int newThreads, int newRuns, int newTokens) {
    return new Options(
        model, shape, backend, newThreads, newRuns, peer, newTokens, sessionTokens, cacheType, peerServer, tokenizer, only, isJson);
  }

  private Options change(int newTokens, DType newType, @Nullable List<String> newServer) {
    return new Options(
        model, shape, backend, threads, runs, peer, snapshotTokens, newTokens, newType, newServer, tokenizer, only, isJson);
  }

  private Options change(
      @Nullable List<String> newPeer,
      @Nullable Path newTokenizer,
      @Nullable String newOnly,
      boolean newJson) {
    return new Options(
        model, shape, backend, threads, runs, newPeer, snapshotTokens, sessionTokens, cacheType, peerServer, newTokenizer, newOnly, newJson);
  }

  private Options withJson() {
    return change(peer, tokenizer, only, true);
  }

  /** Whether a part is measured. */
  boolean measures(String part) {
    return only == null || only.equals(part);
  }

  private static String part(String name) {
    if (!PARTS.contains(name)) {
      throw new IllegalArgumentException("--only takes one of " + PARTS + ", not " + name);
    }
    return name;
  }

  private static List<String> words(String command) {
    return Arrays.asList(command.trim().split("\\s+"));
  }

  private static DType type(String name) {
    return Arrays.stream(DType.values())
        .filter(each -> each.name().equalsIgnoreCase(name) && KvBlock.isPossible(each))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no type of keys and values: " + name));
  }

  private static int number(String name, String value, int least) {
    int number;
    try {
      number = Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " takes a number, not " + value, e);
    }
    if (number < least) {
      throw new IllegalArgumentException(name + " is at least " + least + ", not " + value);
    }
    return number;
  }
}
