package dev.palimpsest.engine.draft;

/**
 * What a further row of a step costs: a line through the times of steps by their rows, least
 * squares with fading weights. Until steps of different sizes were seen it is guessed. For one
 * thread.
 */
public final class StepCosts {
  /** The engine's kernels with eight sequences side by side: 2.3 times the tokens of one. */
  private static final double GUESS = 0.35;

  private static final double FADING = 0.99;
  private static final double SPREAD_MIN = 0.05;

  private double weight;
  private double rows;
  private double nanos;
  private double rowsSquared;
  private double rowsNanos;

  /** Takes note of a step of so many rows. */
  public void stepped(int rowCount, long tookNanos) {
    weight = FADING * weight + 1;
    rows = FADING * rows + rowCount;
    nanos = FADING * nanos + tookNanos;
    rowsSquared = FADING * rowsSquared + (double) rowCount * rowCount;
    rowsNanos = FADING * rowsNanos + (double) rowCount * tookNanos;
  }

  /**
   * The time of a further row as a part of that of a step, 0 to 1.
   *
   * @param rowCount rows of the step without it, at least 1
   */
  public double ofRow(int rowCount) {
    double spread = weight * rowsSquared - rows * rows;
    if (weight == 0 || nanos <= 0 || spread < SPREAD_MIN * weight * weight) {
      return GUESS;
    }
    double slope = (weight * rowsNanos - rows * nanos) / spread;
    double start = (nanos - slope * rows) / weight;
    double step = start + slope * rowCount;
    return step <= 0 ? 1 : Math.clamp(slope / step, 0, 1);
  }
}
