package dev.palimpsest.engine.token;

/** What the two hash tables of this package share. */
final class Hashing {
  /**
   * The most steps that filing an entry may take. Honest vocabularies need a few dozen; one made so
   * that all its entries meet in one place is refused instead of being filed in quadratic time.
   */
  static final int STEPS_MAX = 1_024;

  private Hashing() {}

  /** A table size, a power of two, that leaves at least half of the places empty. */
  static int tableSize(int entries) {
    return Integer.highestOneBit(Math.max(entries, 8)) << 2;
  }

  /** Spreads all bits of a number over all bits of the result. */
  static int mix(long number) {
    long mixed = (number ^ (number >>> 32)) * 0x9e3779b97f4a7c15L;
    return (int) (mixed ^ (mixed >>> 29));
  }

  static void checkSteps(int steps) {
    if (steps > STEPS_MAX) {
      throw new IllegalArgumentException(
          "more than " + STEPS_MAX + " entries of the vocabulary meet in one place");
    }
  }
}
