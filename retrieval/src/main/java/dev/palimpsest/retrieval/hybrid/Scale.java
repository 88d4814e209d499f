package dev.palimpsest.retrieval.hybrid;

/**
 * Makes a signal comparable with others: standard deviations above the least value. Differs from
 * the customary z-score by a constant alone, and is never negative, so that it can be shown as a
 * share of a score.
 *
 * @param least value that counts nothing
 * @param mean of the values
 * @param deviation of the values; 0 when they are all the same, and then nothing counts
 */
record Scale(double least, double mean, double deviation) {
  /** Too close together to tell better from worse. */
  private static final double DEVIATION_MIN = 1e-9;

  /** Of values that are there, filled up with {@code least} to {@code count}. */
  static Scale of(double[] values, double least, int count) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    int missing = Math.max(0, count - values.length);
    double mean = count == 0 ? least : (sum + missing * least) / Math.max(count, values.length);
    double squares = missing * (least - mean) * (least - mean);
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    double deviation = Math.sqrt(squares / Math.max(1, Math.max(count, values.length)));
    return new Scale(least, mean, deviation < DEVIATION_MIN ? 0 : deviation);
  }

  /** Standard deviations above the least. */
  double share(double value) {
    return deviation == 0 ? 0 : Math.max(0, value - least) / deviation;
  }

  /** The share of the mean. */
  double middle() {
    return share(mean);
  }
}
