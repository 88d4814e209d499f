package dev.palimpsest.retrieval.hybrid;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Properties;

/**
 * How much each signal counts. Learned, not chosen: the file says from what and how to do it again.
 * Signals are told in {@link Signals}.
 */
record FusionWeights(
    double words,
    double meaning,
    double answer,
    double next,
    double beforePrevious,
    double afterNext,
    double speaker,
    double session,
    double asks) {
  /** In the order of {@link #of}. */
  static final List<String> NAMES =
      List.of(
          "words",
          "meaning",
          "answer",
          "next",
          "before_previous",
          "after_next",
          "speaker",
          "session",
          "asks");

  private static final String FILE = "fusion-weights.properties";

  /** Those that the service ships. */
  static FusionWeights shipped() {
    Properties file = new Properties();
    try (InputStream in = FusionWeights.class.getResourceAsStream(FILE)) {
      file.load(new InputStreamReader(Objects.requireNonNull(in, FILE), StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(FILE, e);
    }
    return of(NAMES.stream().mapToDouble(name -> number(file, name)).toArray());
  }

  /** In the order of {@link #NAMES}. */
  static FusionWeights of(double[] w) {
    return new FusionWeights(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8]);
  }

  private static double number(Properties file, String name) {
    return Double.parseDouble(Objects.requireNonNull(file.getProperty(name), name));
  }
}
