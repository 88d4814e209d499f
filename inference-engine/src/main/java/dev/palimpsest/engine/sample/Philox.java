package dev.palimpsest.engine.sample;

/**
 * Philox 2×64 with ten rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3", 2011): a bijection of 128-bit counters for each 64-bit key, which passes BigCrush. Its
 * numbers have no state and no order; a counter can be asked at any time.
 */
final class Philox {
  private static final long MULTIPLIER = 0xD2B74407B1CE6E93L;
  private static final long KEY_STEP = 0x9E3779B97F4A7C15L;
  private static final int ROUNDS = 10;

  private long low;
  private long high;

  /** Computes the two numbers of a counter; {@link #low} and {@link #high} tell them. */
  void compute(long key, long counterLow, long counterHigh) {
    long left = counterLow;
    long right = counterHigh;
    long roundKey = key;
    for (int round = 0; round < ROUNDS; round++) {
      long product = MULTIPLIER * left;
      left = Math.unsignedMultiplyHigh(MULTIPLIER, left) ^ roundKey ^ right;
      right = product;
      roundKey += KEY_STEP;
    }
    low = left;
    high = right;
  }

  long low() {
    return low;
  }

  long high() {
    return high;
  }
}
