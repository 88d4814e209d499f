package dev.palimpsest.compress;

import dev.palimpsest.engine.kv.HeadKeys;
import java.util.Arrays;

/**
 * What a compaction costs a head, measured on queries.
 *
 * @param massMean mean of {@code |log(mass after ÷ mass before)|}
 * @param massHigh its 95th percentile
 * @param output root of the squared difference of the outputs over that of the exact ones
 */
public record HeadError(double massMean, double massHigh, double output) {
  /** No error. */
  public static final HeadError NONE = new HeadError(0, 0, 0);

  private static final double HIGH = 0.95;

  /** Masses that differ by more than this factor's logarithm count as that. */
  private static final double MASS_MAX = 30;

  /**
   * Measures.
   *
   * @param exact what the queries make of all keys
   * @return none where there are no queries
   */
  public static HeadError of(Queries queries, Attended exact, HeadKeys compacted) {
    int count = queries.count();
    if (count == 0) {
      return NONE;
    }
    Attended after = Attended.of(queries, compacted);
    double[] masses = new double[count];
    double wrong = 0;
    double right = 0;
    int dim = compacted.dim();
    for (int i = 0; i < count; i++) {
      double difference = Math.abs(after.logMass(i) - exact.logMass(i));
      masses[i] = difference < MASS_MAX ? difference : MASS_MAX;
      for (int d = 0; d < dim; d++) {
        double expected = exact.output()[i * dim + d];
        double error = after.output()[i * dim + d] - expected;
        wrong += error * error;
        right += expected * expected;
      }
    }
    Arrays.sort(masses);
    double high = masses[(int) Math.min(count - 1, Math.floor(HIGH * count))];
    double mean = Arrays.stream(masses).average().orElseThrow();
    return new HeadError(mean, high, right == 0 ? 0 : Math.sqrt(wrong / right));
  }
}
