package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench retrieval}: how fast memories are found. */
@Command(
    name = "retrieval",
    description = {
      "Imports invented turns, searches them in every mode, and tells how long a search took, as"
          + " the client sees it.",
      "What is imported belongs to a user of its own and is erased at the end."
    })
final class BenchRetrievalCommand implements Callable<Integer> {
  private static final List<String> MODES = List.of("lexical", "dense", "hybrid");
  private static final int QUERIES_MAX = 10_000;
  private static final int WARM_UP_QUERIES = 20;
  private static final int K = 10;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double HALF = 0.50;
  private static final double NEARLY_ALL = 0.95;

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Mixin private BenchOptions bench = new BenchOptions();

  @Option(
      names = "--records",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Memories that are searched, 1 to 1000000; default: ${DEFAULT-VALUE}.")
  private int records = 1000;

  @Option(
      names = "--queries",
      paramLabel = "N",
      defaultValue = "40",
      description = "Searches of a round and mode, 1 to 10000; default: ${DEFAULT-VALUE}.")
  private int queries = 40;

  BenchRetrievalCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    bench.checkRounds();
    bench.check("--records", records, 1, BenchOptions.RECORDS_MAX);
    bench.check("--queries", queries, 1, QUERIES_MAX);
    Service service = options.service(surroundings.environment());
    BenchStore store = new BenchStore(service, surroundings);
    return bench.report(surroundings, store, () -> measure(service, store));
  }

  private Figures measure(Service service, BenchStore store) {
    BenchCorpus corpus = new BenchCorpus(0);
    BenchStore.Timed ignored = store.add(corpus.lines(records));
    MODES.forEach(mode -> warmUp(service, store.user(), corpus, mode));
    double[][] half = new double[MODES.size()][bench.rounds()];
    double[][] nearlyAll = new double[MODES.size()][bench.rounds()];
    return bench.figures(
        surroundings,
        queries + " searches of " + records + " memories",
        round -> {
          for (int mode = 0; mode < MODES.size(); mode++) {
            double[] times = times(service, store.user(), corpus, MODES.get(mode), queries);
            half[mode][round] = Figure.quantile(times, HALF);
            nearlyAll[mode][round] = Figure.quantile(times, NEARLY_ALL);
          }
        },
        () -> rows(half, nearlyAll));
  }

  private void warmUp(Service service, String user, BenchCorpus corpus, String mode) {
    double[] ignored = times(service, user, corpus, mode, WARM_UP_QUERIES);
  }

  private static List<Figure> rows(double[][] half, double[][] nearlyAll) {
    List<Figure> rows = new ArrayList<>();
    for (int mode = 0; mode < MODES.size(); mode++) {
      String name = MODES.get(mode);
      rows.add(Figure.of(name + "_p50_ms", name + " search, p50 (ms)", half[mode]));
      rows.add(Figure.of(name + "_p95_ms", name + " search, p95 (ms)", nearlyAll[mode]));
    }
    return rows;
  }

  private double[] times(Service service, String user, BenchCorpus corpus, String mode, int count) {
    double[] millis = new double[count];
    for (int i = 0; i < count; i++) {
      ObjectNode request =
          Json.object().put("query", corpus.question()).put("k", K).put("mode", mode);
      request.putObject("scope").put("user", user);
      long began = surroundings.gauges().nanoTime().getAsLong();
      JsonNode ignored = service.post("/v1/memories/search", request);
      millis[i] = (surroundings.gauges().nanoTime().getAsLong() - began) / NANOS_PER_MILLI;
    }
    return millis;
  }
}
