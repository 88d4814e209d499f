package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a benchmark puts into a service and takes away again: memories of a user of its own, so that
 * nobody else's search meets them.
 */
final class BenchStore {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final int FOUND_SECONDS_MAX = 10;

  private final Service service;
  private final Surroundings surroundings;
  private final String user;
  private int imports;
  private boolean isEmpty = true;

  BenchStore(Service service, Surroundings surroundings) {
    this.service = service;
    this.surroundings = surroundings;
    this.user = "bench-" + surroundings.ids().get();
  }

  String user() {
    return user;
  }

  /** A source of its own for an import that somebody else sends. */
  String source() {
    isEmpty = false;
    if (imports == 0) {
      imports++;
    }
    return source(imports);
  }

  /**
   * How long an import took.
   *
   * @param committedSeconds until every record was committed
   * @param searchableSeconds until every record could be found, by its meaning too; that of the
   *     commit where nobody waited
   */
  record Timed(double committedSeconds, double searchableSeconds) {}

  /** Imports {@code lines} under a source of their own, and waits until all can be found. */
  Timed add(byte[] lines) {
    return add(lines, true);
  }

  /** The same, where asked for without waiting for more than the commit. */
  Timed add(byte[] lines, boolean waits) {
    imports++;
    try {
      Path file = Files.createTempFile("palimpsest-bench", ".jsonl");
      try {
        return send(Files.write(file, lines), source(imports), waits);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw CliException.couldNotRun("A temporary file cannot be written: " + Reasons.of(e));
    }
  }

  /**
   * Writes one memory by itself, under the source of the last import.
   *
   * @return seconds from its acknowledgement until a search by {@code word} has it
   */
  double found(String text, String word) {
    ObjectNode memory = Json.object().put("text", text).put("source", source(imports));
    memory.putObject("scope").put("user", user);
    String id = service.post("/v1/memories", memory).path("id").asText();
    long began = nanos();
    ObjectNode search = Json.object().put("query", word).put("k", 1).put("mode", "lexical");
    search.putObject("scope").put("user", user);
    do {
      JsonNode hits = service.post("/v1/memories/search", search).path("hits");
      if (hits.path(0).path("memory").path("id").asText().equals(id)) {
        return (nanos() - began) / NANOS_PER_SECOND;
      }
    } while (nanos() - began < FOUND_SECONDS_MAX * NANOS_PER_SECOND);
    throw CliException.couldNotRun("A memory that was acknowledged is not found by its word.");
  }

  private Timed send(Path file, String source, boolean waits) {
    ImportOrder.Manner manner = new ImportOrder.Manner(false, waits);
    ImportOrder order =
        new ImportOrder(file, "jsonl", source, Optional.empty(), Optional.of(user), manner);
    long began = nanos();
    CommitClock clock = new CommitClock();
    ImportOutcome outcome = ImportClient.run(service, surroundings, order, clock);
    double searchable = (nanos() - began) / NANOS_PER_SECOND;
    boolean isDone =
        outcome instanceof ImportOutcome.Committed
            || (outcome instanceof ImportOutcome.Done done
                && ImportTally.of(done.report()).rejected() == 0);
    if (isDone) {
      return new Timed((clock.committedAt - began) / NANOS_PER_SECOND, searchable);
    }
    throw CliException.couldNotRun("The import that is measured did not succeed: " + outcome);
  }

  /** Takes all of it away. What was measured counts even where that does not come about. */
  void erase() {
    if (isEmpty) {
      return;
    }
    surroundings.streams().err().println("erasing what was imported …");
    try {
      for (int number = 1; number <= imports; number++) {
        JsonNode ignored = service.delete("/v1/memories?source=" + source(number));
      }
    } catch (CliException e) {
      String reason = e.lines().getFirst();
      surroundings.streams().err().println(SafeText.of("Memories of " + user + " stay: " + reason));
    }
  }

  private String source(int number) {
    return user + "-" + number;
  }

  private long nanos() {
    return surroundings.gauges().nanoTime().getAsLong();
  }

  /** Notes when the last record was committed, and passes on what goes wrong. */
  private final class CommitClock implements ImportObserver {
    private long committedAt;

    @Override
    public void committed(long committed, long total, ImportTally tally) {
      committedAt = nanos();
      isEmpty = false;
    }

    @Override
    public void indexing(String stage, long done, long total) {
      // What counts is when it is over.
    }

    @Override
    public void rejected(ImportFrame.Rejected rejected) {
      notice("record " + rejected.number() + " was rejected: " + rejected.reason());
    }

    @Override
    public void notice(String line) {
      surroundings.streams().err().println(SafeText.of(line));
    }
  }
}
