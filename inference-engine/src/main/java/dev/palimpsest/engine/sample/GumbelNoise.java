package dev.palimpsest.engine.sample;

/**
 * Noise −ln(−ln u) of the standard Gumbel distribution, one number for each token of each place: a
 * pure function of seed, position and token id. The token with the largest sum of log-weight and
 * noise is an exact draw, whichever other tokens there are and in which order they are looked at.
 * Two ids share a counter of {@link Philox}; for one thread.
 */
final class GumbelNoise {
  private static final int BITS = 52;
  private static final double UNIT = 0x1p-52;

  /** A little above ln 2. */
  private static final double LN_2 = 0.6931471805599454;

  private final Philox philox = new Philox();
  private long seed;
  private int position;
  private int pair = -1;

  /** Says whose noise the other methods tell. */
  void at(long ofSeed, int ofPosition) {
    seed = ofSeed;
    position = ofPosition;
    pair = -1;
  }

  /** 2^52 times what a uniform number is below 1, rounded up: 1 to 2^52. */
  private long fromAbove(int id) {
    if (id >>> 1 != pair) {
      pair = id >>> 1;
      philox.compute(seed, pair, position);
    }
    long bits = (id & 1) == 0 ? philox.low() : philox.high();
    return (1L << BITS) - (bits >>> (Long.SIZE - BITS));
  }

  /**
   * The noise of a token where it is above {@code least}, else some number that is not: most tokens
   * are told apart by the leading zeros of their random bits, without a logarithm.
   */
  double above(double least, int id) {
    long from = fromAbove(id);
    // −ln u ≥ 1 − u ≥ from · 2^−53 ≥ 2^(10 − leading zeros)
    double bound = LN_2 * (Long.numberOfLeadingZeros(from) - (Long.SIZE - 1 - BITS - 1));
    return bound <= least ? least : noise(from);
  }

  /** The noise of a token. */
  double of(int id) {
    return noise(fromAbove(id));
  }

  /** The same on every machine, which {@code Math.log} does not promise. */
  private static double noise(long from) {
    return -StrictMath.log(-StrictMath.log1p(-(from - 0.5) * UNIT));
  }
}
