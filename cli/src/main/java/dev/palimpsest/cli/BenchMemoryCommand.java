package dev.palimpsest.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench memory}: how fast memories are taken in. */
@Command(
    name = "memory",
    description = {
      "Imports invented turns over the import socket, a new file each round, and tells how fast"
          + " that went.",
      "What is imported belongs to a user of its own and is erased at the end."
    })
final class BenchMemoryCommand implements Callable<Integer> {
  private static final int ROUNDS_MIN = 5;
  private static final int ROUNDS_MAX = 100;
  private static final int RECORDS_MAX = 1_000_000;

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--records",
      paramLabel = "N",
      defaultValue = "500",
      description = "Records of a round, 1 to 1000000; default: ${DEFAULT-VALUE}.")
  private int records = 500;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "How often, 5 to 100; default: ${DEFAULT-VALUE}.")
  private int rounds = 5;

  @Option(names = "--keep", description = "Leaves what was imported in the service.")
  private boolean keeps;

  @Option(names = "--json", description = "One JSON object instead of the table.")
  private boolean json;

  BenchMemoryCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    if (rounds < ROUNDS_MIN || rounds > ROUNDS_MAX) {
      throw new ParameterException(
          spec.commandLine(), "--rounds: " + rounds + " is not between 5 and 100");
    }
    if (records < 1 || records > RECORDS_MAX) {
      throw new ParameterException(
          spec.commandLine(), "--records: " + records + " is not between 1 and 1000000");
    }
    BenchStore store = new BenchStore(options.service(surroundings.environment()), surroundings);
    double loadBefore = surroundings.gauges().loadAverage().getAsDouble();
    Figures figures;
    try {
      figures = measure(store, loadBefore);
    } finally {
      if (!keeps) {
        store.erase();
      }
    }
    surroundings.streams().out().println(json ? figures.json() : figures.table());
    return 0;
  }

  private Figures measure(BenchStore store, double loadBefore) {
    List<BenchStore.Timed> timed = new ArrayList<>();
    double[] probes = new double[rounds];
    long bytes = 0;
    for (int round = 0; round < rounds; round++) {
      byte[] lines = new BenchCorpus(round).lines(records);
      bytes = Math.max(bytes, lines.length);
      probes[round] = CpuProbe.megabytesPerSecond(surroundings.gauges().nanoTime());
      timed.add(store.add(lines));
      surroundings.streams().err().println("round " + (round + 1) + " of " + rounds + " done");
    }
    return new Figures(
        records + " records of " + bytes / records + " bytes",
        rounds,
        rows(timed),
        CpuProbe.figure(probes),
        loadBefore,
        surroundings.gauges().loadAverage().getAsDouble());
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
