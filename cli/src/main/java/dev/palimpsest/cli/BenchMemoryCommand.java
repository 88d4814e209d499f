package dev.palimpsest.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
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
  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Mixin private BenchOptions bench = new BenchOptions();

  @Option(
      names = "--records",
      paramLabel = "N",
      defaultValue = "500",
      description = "Records of a round, 1 to 1000000; default: ${DEFAULT-VALUE}.")
  private int records = 500;

  BenchMemoryCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    bench.checkRounds();
    bench.check("--records", records, 1, BenchOptions.RECORDS_MAX);
    BenchStore store = new BenchStore(options.service(surroundings.environment()), surroundings);
    return bench.report(surroundings, store, () -> measure(store));
  }

  private Figures measure(BenchStore store) {
    List<BenchStore.Timed> timed = new ArrayList<>();
    int bytes = new BenchCorpus(0).lines(records).length;
    return bench.figures(
        surroundings,
        records + " records of about " + bytes / records + " bytes",
        round -> timed.add(store.add(new BenchCorpus(round).lines(records))),
        () -> rows(timed));
  }

  private List<Figure> rows(List<BenchStore.Timed> timed) {
    double[] committed =
        timed.stream().mapToDouble(one -> records / one.committedSeconds()).toArray();
    double[] searchable =
        timed.stream().mapToDouble(one -> records / one.searchableSeconds()).toArray();
    return List.of(
        Figure.of("committed_per_s", "records committed (per second)", committed),
        Figure.of("searchable_per_s", "records searchable (per second)", searchable));
  }
}
