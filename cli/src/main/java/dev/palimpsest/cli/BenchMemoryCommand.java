package dev.palimpsest.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench memory}: how fast memories are taken in. */
@Command(
    name = "memory",
    description = {
      "Imports invented turns over the import socket, a new file each round, and tells how fast"
          + " that went.",
      "What is imported belongs to a user of its own and is erased at the end."
    })
final class BenchMemoryCommand implements Callable<Integer> {
  private static final int SINGLES = 40;
  private static final int EXPORT_MB_MAX = 4000;
  private static final int CUTS_MAX = 1000;
  private static final double NEARLY_ALL = 0.95;
  private static final double MILLIS_PER_SECOND = 1e3;

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Mixin private BenchOptions bench = new BenchOptions();

  @Option(
      names = "--records",
      paramLabel = "N",
      defaultValue = "500",
      description = "Records of a round, 1 to 1000000; default: ${DEFAULT-VALUE}.")
  private int records = 500;

  @Option(
      names = "--no-wait",
      description = "Waits for no vectors and leaves out the rate at which they are made.")
  private boolean waitsNot;

  @Option(
      names = "--export-mb",
      paramLabel = "N",
      description = {
        "Instead: imports one invented export of ChatGPT's of so many megabytes, 1 to 4000, over a"
            + " line that breaks, then once more, and tells whether all of it is there once."
      })
  private @Nullable Integer exportMegabytes;

  @Option(
      names = "--cuts",
      paramLabel = "N",
      defaultValue = "20",
      description = "How often that line breaks, 0 to 1000; default: ${DEFAULT-VALUE}.")
  private int cuts = 20;

  BenchMemoryCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    bench.checkRounds();
    bench.check("--records", records, 1, BenchOptions.RECORDS_MAX);
    Service service = options.service(surroundings.environment());
    BenchStore store = new BenchStore(service, surroundings);
    Integer megabytes = exportMegabytes;
    if (megabytes != null) {
      bench.check("--export-mb", megabytes, 1, EXPORT_MB_MAX);
      bench.check("--cuts", cuts, 0, CUTS_MAX);
      return bench.erasing(
          store, () -> new ExportTrial(service, surroundings, store).run(megabytes, cuts));
    }
    return bench.report(surroundings, store, () -> measure(store));
  }

  private Figures measure(BenchStore store) {
    List<BenchStore.Timed> timed = new ArrayList<>();
    double[] found = new double[bench.rounds()];
    int bytes = new BenchCorpus(0).lines(records).length;
    return bench.figures(
        surroundings,
        records + " records of about " + bytes / records + " bytes",
        round -> {
          BenchCorpus corpus = new BenchCorpus(round);
          timed.add(store.add(corpus.lines(records), !waitsNot));
          found[round] = Figure.quantile(found(store, corpus, round), NEARLY_ALL);
        },
        () -> rows(timed, found));
  }

  /** Single memories after the import, each with a word that no other has; milliseconds. */
  private static double[] found(BenchStore store, BenchCorpus corpus, int round) {
    double[] millis = new double[SINGLES];
    for (int i = 0; i < SINGLES; i++) {
      String word = "zq" + round + "x" + i;
      millis[i] = store.found(corpus.question() + " " + word, word) * MILLIS_PER_SECOND;
    }
    return millis;
  }

  private List<Figure> rows(List<BenchStore.Timed> timed, double[] found) {
    double[] committed =
        timed.stream().mapToDouble(one -> records / one.committedSeconds()).toArray();
    double[] searchable =
        timed.stream().mapToDouble(one -> records / one.searchableSeconds()).toArray();
    List<Figure> rows = new ArrayList<>();
    rows.add(Figure.of("committed_per_s", "records committed (per second)", committed));
    if (!waitsNot) {
      rows.add(Figure.of("searchable_per_s", "records searchable (per second)", searchable));
    }
    rows.add(Figure.of("found_p95_ms", "acknowledged until found by words, p95 (ms)", found));
    return rows;
  }
}
