package dev.palimpsest.compress.bench;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The command line.
 *
 * @param model a GGUF file
 * @param backend as {@code Backend.open} takes it
 * @param threads compute threads
 * @param contextTokens the longest text with its question
 * @param texts how many are made
 * @param facts asked for in each
 * @param ratios tokens before ÷ after
 * @param queries what a compaction is fitted to: of {@code prefill}, {@code later}, {@code repeat}
 * @param seed of the texts
 * @param isJson whether the figures are printed as JSON too
 */
record Options(
    Path model,
    String backend,
    int threads,
    int contextTokens,
    int texts,
    int facts,
    List<Double> ratios,
    List<String> queries,
    long seed,
    boolean isJson) {
  static final String USAGE =
      """
      usage: CompressionBenchmark [--model FILE] [--backend auto|native|vector|scalar] [--threads N]
                                  [--context N] [--texts N] [--facts N] [--ratios 2,5,10,20,50]
                                  [--queries prefill,later,repeat] [--seed N] [--json]
      """;

  private static final List<String> NAMES =
      List.of(
          "--model",
          "--backend",
          "--threads",
          "--context",
          "--texts",
          "--facts",
          "--ratios",
          "--queries",
          "--seed",
          "--json");

  private static final List<String> SOURCES = List.of("prefill", "later", "repeat");

  Options {
    ratios = List.copyOf(ratios);
    queries = List.copyOf(queries);
    if (queries.isEmpty() || !SOURCES.containsAll(queries)) {
      throw new IllegalArgumentException("queries are some of " + SOURCES + ", not " + queries);
    }
    if (ratios.isEmpty() || ratios.stream().anyMatch(ratio -> !(ratio >= 1))) {
      throw new IllegalArgumentException("ratios are at least 1, not " + ratios);
    }
  }

  /** Reads the arguments; says what is wrong with them in an IllegalArgumentException. */
  static Options of(String... arguments) {
    Path model = Path.of("inference-engine", "models", "palimpsest-reader-q8_0.gguf");
    Options options =
        new Options(
            model,
            "auto",
            Runtime.getRuntime().availableProcessors(),
            1024,
            5,
            8,
            List.of(2.0, 5.0, 10.0, 20.0, 50.0),
            List.of("later", "repeat"),
            1,
            false);
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--json")) {
        options = options.with("--json", "");
      } else if (i + 1 == arguments.length) {
        throw new IllegalArgumentException(arguments[i] + " has no value, or is no option");
      } else {
        options = options.with(arguments[i], arguments[++i]);
      }
    }
    return options;
  }

  private Options with(String name, String value) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException("no option " + name);
    }
    return new Options(
        name.equals("--model") ? Path.of(value) : model,
        name.equals("--backend") ? value : backend,
        name.equals("--threads") ? number(name, value) : threads,
        name.equals("--context") ? number(name, value) : contextTokens,
        name.equals("--texts") ? number(name, value) : texts,
        name.equals("--facts") ? number(name, value) : facts,
        name.equals("--ratios") ? ratios(value) : ratios,
        name.equals("--queries") ? Arrays.asList(value.split(",")) : queries,
        name.equals("--seed") ? number(name, value) : seed,
        name.equals("--json") || isJson);
  }

  private static List<Double> ratios(String value) {
    return Arrays.stream(value.split(",")).map(Double::valueOf).toList();
  }

  private static int number(String name, String value) {
    try {
      int number = Integer.parseInt(value);
      if (number >= 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " takes a number, not " + value, e);
    }
    throw new IllegalArgumentException(name + " is at least 1, not " + value);
  }
}
