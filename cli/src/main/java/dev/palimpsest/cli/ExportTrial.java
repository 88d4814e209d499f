package dev.palimpsest.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Imports one large export of another assistant over a line that breaks again and again, then once
 * more over a whole one: everything must be there once.
 */
final class ExportTrial {
  private static final int SEED = 20_261_128;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double BYTES_PER_MB = 1e6;

  private final Service service;
  private final Surroundings surroundings;
  private final BenchStore store;

  ExportTrial(Service service, Surroundings surroundings, BenchStore store) {
    this.service = service;
    this.surroundings = surroundings;
    this.store = store;
  }

  /** Prints the table; 0, or 1 where something was lost or is there twice. */
  int run(int megabytes, int cuts) {
    try {
      Path file = Files.createTempFile("palimpsest-export", ".json");
      try {
        say("writing an export of " + megabytes + " MB …");
        long messages = new BenchExport(SEED).write(file, (long) (megabytes * BYTES_PER_MB));
        return run(file, messages, cuts);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw CliException.couldNotRun("A temporary file cannot be written: " + Reasons.of(e));
    }
  }

  private int run(Path file, long messages, int cuts) throws IOException {
    long bytes = Files.size(file);
    long between = bytes / Math.max(1, 2 * cuts);
    Passed first;
    int broken;
    try (CuttingProxy proxy =
        new CuttingProxy(service.address().base(), new Random(SEED), cuts, between)) {
      ServiceAddress through = new ServiceAddress(proxy.address(), service.address().key());
      first = send(new Service(through), file);
      broken = proxy.cuts();
    }
    Passed again = send(service, file);
    double rate = messages / first.seconds;
    Table table = new Table(List.of("export of " + messages + " messages", ""));
    table.row(List.of("bytes (MB)", Figure.number(bytes / BYTES_PER_MB)));
    table.row(List.of("times the line broke", Integer.toString(broken)));
    table.row(List.of("until all was committed (s)", Figure.number(first.seconds)));
    table.row(List.of("messages committed (per second)", Figure.number(rate)));
    table.row(List.of("stored, duplicate, rejected", first.counts()));
    table.row(List.of("the same again: stored, duplicate, rejected", again.counts()));
    table.row(List.of("the same again (s)", Figure.number(again.seconds)));
    surroundings.streams().out().println(table);
    boolean isWhole = first.tally.stored() == messages && again.tally.stored() == 0;
    return isWhole && broken == cuts ? 0 : CliException.REJECTED;
  }

  private record Passed(double seconds, ImportTally tally) {
    String counts() {
      return tally.stored() + ", " + tally.duplicate() + ", " + tally.rejected();
    }
  }

  private Passed send(Service over, Path file) {
    ImportOrder.Manner manner = new ImportOrder.Manner(false, false);
    ImportOrder order =
        new ImportOrder(
            file, "chatgpt", store.source(), Optional.empty(), Optional.of(store.user()), manner);
    Watcher watcher = new Watcher();
    long began = surroundings.gauges().nanoTime().getAsLong();
    ImportOutcome outcome = ImportClient.run(over, surroundings, order, watcher);
    double seconds = (surroundings.gauges().nanoTime().getAsLong() - began) / NANOS_PER_SECOND;
    if (outcome instanceof ImportOutcome.Committed) {
      return new Passed(seconds, watcher.tally);
    }
    throw CliException.couldNotRun("The import did not succeed: " + outcome);
  }

  private void say(String line) {
    surroundings.streams().err().println(line);
  }

  /** Keeps the newest count. */
  private final class Watcher implements ImportObserver {
    private static final int TENTHS = 10;
    private ImportTally tally = ImportTally.NOTHING;
    private long told;

    @Override
    public void committed(long committed, long total, ImportTally now) {
      tally = now;
      if (committed * TENTHS / total > told) {
        told = committed * TENTHS / total;
        say(told * TENTHS + " %, " + now.stored() + " stored");
      }
    }

    @Override
    public void indexing(String stage, long done, long total) {
      // Only what is committed is waited for.
    }

    @Override
    public void rejected(ImportFrame.Rejected rejected) {
      notice("record " + rejected.number() + " was rejected: " + rejected.reason());
    }

    @Override
    public void notice(String line) {
      say(SafeText.of(line));
    }
  }
}
