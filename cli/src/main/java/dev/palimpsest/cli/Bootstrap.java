package dev.palimpsest.cli;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * How sure a mean over questions is: the middle 95 % of the means of as many questions drawn again
 * and again from these. The draws are the same each time.
 *
 * @param low 2.5 % lie below
 * @param high 2.5 % lie above
 */
record Bootstrap(double low, double high) {
  private static final int DRAWS = 10_000;
  private static final int SEED = 1;
  private static final double TAIL = 0.025;

  /** Of values, at least one. */
  static Bootstrap of(double[] values) {
    SplittableRandom random = new SplittableRandom(SEED);
    double[] means = new double[DRAWS];
    for (int draw = 0; draw < DRAWS; draw++) {
      double sum = 0;
      for (int i = 0; i < values.length; i++) {
        sum += values[random.nextInt(values.length)];
      }
      means[draw] = sum / values.length;
    }
    Arrays.sort(means);
    int cut = (int) (TAIL * DRAWS);
    return new Bootstrap(means[cut], means[DRAWS - 1 - cut]);
  }
}
