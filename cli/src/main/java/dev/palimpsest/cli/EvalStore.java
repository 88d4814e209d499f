package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A conversation in a service for as long as it is asked about: under a source of its own, in a
 * project of its own or of all that are evaluated, so that no search of anybody else meets it.
 */
final class EvalStore {
  private static final int PAGE = 100;
  private static final int PAGES_MAX = 100_000;
  private static final String PREFIX = "eval-";
  private static final String POOL = "eval";

  private final Service service;
  private final Surroundings surroundings;
  private final boolean isPooled;

  /** With one project for all conversations, or one for each. */
  EvalStore(Service service, Surroundings surroundings, boolean isPooled) {
    this.service = service;
    this.surroundings = surroundings;
    this.isPooled = isPooled;
  }

  /** The source of a conversation. */
  static String source(EvalTalk talk) {
    return PREFIX + talk.name();
  }

  /** Where a conversation is searched. */
  String project(EvalTalk talk) {
    return isPooled ? POOL : source(talk);
  }

  /** Imports a conversation; what is there already is not stored again. */
  void add(EvalTalk talk) {
    try {
      Path file = Files.createTempFile("palimpsest-eval", ".tmp");
      try {
        send(Files.writeString(file, talk.file()), talk);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw CliException.couldNotRun("A temporary file cannot be written: " + Reasons.of(e));
    }
  }

  /** Takes it away again, memory by memory. What was measured counts even if some of it stays. */
  void erase(EvalTalk talk) {
    String source = source(talk);
    String list = "/v1/memories?limit=" + PAGE + "&project=" + project(talk) + "&source=" + source;
    try {
      JsonNode page = service.get(list).path("data");
      for (int count = 0; count < PAGES_MAX && !page.isEmpty(); count++) {
        for (JsonNode memory : page) {
          String id = ServiceAddress.encode(memory.path("id").asText());
          JsonNode ignored = service.delete("/v1/memories/" + id);
        }
        page = service.get(list).path("data");
      }
    } catch (CliException e) {
      tell("Memories of " + source + " stay: " + e.lines().getFirst());
    }
  }

  private void send(Path file, EvalTalk talk) {
    String source = source(talk);
    ImportOrder order =
        new ImportOrder(
            file,
            talk.format(),
            source,
            Optional.empty(),
            Optional.empty(),
            new ImportOrder.Manner(false, true),
            Optional.of(project(talk)));
    ProgressLine line =
        new ProgressLine(
            surroundings.streams().err(),
            Screen.of(surroundings.environment()).paints(),
            surroundings.gauges().nanoTime());
    ImportScreen screen = new ImportScreen(source, line);
    ImportOutcome outcome = ImportClient.run(service, surroundings, order, screen);
    screen.end("");
    if (!(outcome instanceof ImportOutcome.Done)) {
      throw CliException.couldNotRun("A conversation was not imported: " + outcome);
    }
  }

  private void tell(String line) {
    surroundings.streams().err().println(SafeText.of(line));
  }
}
