package dev.palimpsest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The conversation that the demonstration imports; it comes with the program. */
final class DemoTalk {
  private static final String RESOURCE = "/demo/conversation.jsonl";

  private final byte[] lines;

  private DemoTalk(byte[] lines) {
    this.lines = lines;
  }

  static DemoTalk load() {
    try (InputStream file = DemoTalk.class.getResourceAsStream(RESOURCE)) {
      if (file == null) {
        throw new IllegalStateException(RESOURCE + " is not in the program");
      }
      return new DemoTalk(file.readAllBytes());
    } catch (IOException e) {
      throw CliException.couldNotRun("The conversation cannot be read: " + Reasons.of(e));
    }
  }

  /** Who speaks, from when to when, how much. */
  String about() {
    List<JsonNode> turns =
        new String(lines, UTF_8).lines().map(line -> Json.parse(line).orElseThrow()).toList();
    List<String> speakers =
        turns.stream().map(turn -> turn.path("speaker").asText()).distinct().toList();
    return String.join(" and ", speakers)
        + ", "
        + FoundMemory.day(turns.getFirst().path("happened_at").asText())
        + " to "
        + FoundMemory.day(turns.getLast().path("happened_at").asText())
        + ": "
        + turns.size()
        + " turns";
  }

  /** Writes it into a file of its own, which the caller deletes. */
  Path write() throws IOException {
    return Files.write(Files.createTempFile("palimpsest-demo", ".jsonl"), lines);
  }
}
