package dev.palimpsest.cli;

import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every benchmark of memory shares: its options, its rounds, and its way of reporting. */
final class BenchOptions {
  static final int RECORDS_MAX = 1_000_000;
  private static final int ROUNDS_MIN = 5;
  private static final int ROUNDS_MAX = 100;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

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

  /** Refuses a number that an option does not take. */
  void check(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw new ParameterException(
          spec.commandLine(), option + ": " + value + " is not between " + min + " and " + max);
    }
  }

  void checkRounds() {
    check("--rounds", rounds, ROUNDS_MIN, ROUNDS_MAX);
  }

  int rounds() {
    return rounds;
  }

  /**
   * Measures, takes away what was put into the store, however that ended, and shows the figures.
   */
  int report(Surroundings surroundings, BenchStore store, Supplier<Figures> measurement) {
    Figures figures = erasing(store, measurement);
    surroundings.streams().out().println(json ? figures.json() : figures.table());
    return 0;
  }

  /** Measures, and takes away what was put into the store, however that ended. */
  <T> T erasing(BenchStore store, Supplier<T> measurement) {
    try {
      return measurement.get();
    } finally {
      if (!keeps) {
        store.erase();
      }
    }
  }

  /**
   * Runs all rounds, each behind a probe of the machine.
   *
   * @param title of the first column
   * @param round what is done in a round, counted from 0
   * @param rows what came of them, asked for at the end
   */
  Figures figures(
      Surroundings surroundings, String title, IntConsumer round, Supplier<List<Figure>> rows) {
    Gauges gauges = surroundings.gauges();
    double loadBefore = gauges.loadAverage().getAsDouble();
    double[] probes = new double[rounds];
    for (int number = 0; number < rounds; number++) {
      probes[number] = CpuProbe.megabytesPerSecond(gauges.nanoTime());
      round.accept(number);
      surroundings.streams().err().println("round " + (number + 1) + " of " + rounds + " done");
    }
    return new Figures(
        title,
        rounds,
        rows.get(),
        CpuProbe.figure(probes),
        loadBefore,
        gauges.loadAverage().getAsDouble());
  }
}
