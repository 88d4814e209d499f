package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a benchmark puts into a service and takes away again: memories of a user of its own, so that
 * nobody else's search meets them.
 */
final class BenchStore {
  private static final int PAGE = 100;
  private static final int PAGES_MAX = 100_000;
  private static final double NANOS_PER_SECOND = 1e9;

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

  /**
   * How long an import took.
   *
   * @param committedSeconds until every record was committed
   * @param searchableSeconds until every record could be found
   */
  record Timed(double committedSeconds, double searchableSeconds) {}

  /** Imports {@code lines} under a source of their own. */
  Timed add(byte[] lines) {
    imports++;
    try {
      Path file = Files.createTempFile("palimpsest-bench", ".jsonl");
      try {
        return send(Files.write(file, lines), source(imports));
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw CliException.couldNotRun("A temporary file cannot be written: " + Reasons.of(e));
    }
  }

  private Timed send(Path file, String source) {
    ImportOrder.Manner manner = new ImportOrder.Manner(false, true);
    ImportOrder order =
        new ImportOrder(file, "jsonl", source, Optional.empty(), Optional.of(user), manner);
    long began = nanos();
    CommitClock clock = new CommitClock();
    ImportOutcome outcome = ImportClient.run(service, surroundings, order, clock);
    double searchable = (nanos() - began) / NANOS_PER_SECOND;
    if (outcome instanceof ImportOutcome.Done done
        && ImportTally.of(done.report()).rejected() == 0) {
      return new Timed((clock.committedAt - began) / NANOS_PER_SECOND, searchable);
    }
    throw CliException.couldNotRun("The import that is measured did not succeed: " + outcome);
  }

  /**
   * Takes all of it away; slow, because each memory is erased for itself. What was measured counts
   * even where that does not come about.
   */
  void erase() {
    if (isEmpty) {
      return;
    }
    surroundings.streams().err().println("erasing what was imported …");
    try {
      for (int number = 1; number <= imports; number++) {
        erase(source(number));
      }
    } catch (CliException e) {
      String reason = e.lines().getFirst();
      surroundings.streams().err().println(SafeText.of("Memories of " + user + " stay: " + reason));
    }
  }

  private void erase(String source) {
    String list = "/v1/memories?limit=" + PAGE + "&user=" + user + "&source=" + source;
    JsonNode page = service.get(list).path("data");
    for (int count = 0; count < PAGES_MAX && !page.isEmpty(); count++) {
      for (JsonNode memory : page) {
        String id = ServiceAddress.encode(memory.path("id").asText());
        JsonNode ignored = service.delete("/v1/memories/" + id);
      }
      page = service.get(list).path("data");
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
