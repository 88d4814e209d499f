package dev.palimpsest.engine.schema;

/** A set of bytes, 64 to a word. */
record ByteSet(long first, long second, long third, long fourth) {
  static final ByteSet EMPTY = new ByteSet(0, 0, 0, 0);

  /** The bytes of some ranges, given as their first and last ones. */
  static ByteSet of(int... ranges) {
    ByteSet set = EMPTY;
    for (int i = 0; i < ranges.length; i += 2) {
      for (int each = ranges[i]; each <= ranges[i + 1]; each++) {
        set = set.with(each);
      }
    }
    return set;
  }

  /** All bytes but these. */
  static ByteSet allBut(byte one, byte other) {
    ByteSet set = EMPTY;
    for (int each = 0; each <= 0xFF; each++) {
      boolean isOut = each == Byte.toUnsignedInt(one) || each == Byte.toUnsignedInt(other);
      set = isOut ? set : set.with(each);
    }
    return set;
  }

  ByteSet with(int value) {
    long bit = 1L << value;
    return switch (value >> 6) {
      case 0 -> new ByteSet(first | bit, second, third, fourth);
      case 1 -> new ByteSet(first, second | bit, third, fourth);
      case 2 -> new ByteSet(first, second, third | bit, fourth);
      default -> new ByteSet(first, second, third, fourth | bit);
    };
  }

  boolean has(int value) {
    long word =
        switch (value >> 6) {
          case 0 -> first;
          case 1 -> second;
          case 2 -> third;
          default -> fourth;
        };
    return (word & 1L << value) != 0;
  }
}
