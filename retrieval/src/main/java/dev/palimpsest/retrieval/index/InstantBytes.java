package dev.palimpsest.retrieval.index;

import java.time.Instant;
import java.util.Arrays;
import org.apache.lucene.util.NumericUtils;

/**
 * Times as 12 bytes that sort as unsigned bytes do: 8 of the second with its sign flipped, 4 of the
 * nanosecond. Exact for every {@link Instant}; nothing and everything lie outside all of them, so
 * that an open end needs no field of its own.
 */
final class InstantBytes {
  static final int LENGTH = Long.BYTES + Integer.BYTES;

  private static final byte[] ONE = one();

  private InstantBytes() {}

  static byte[] of(Instant instant) {
    byte[] bytes = new byte[LENGTH];
    NumericUtils.longToSortableBytes(instant.getEpochSecond(), bytes, 0);
    NumericUtils.intToSortableBytes(instant.getNano(), bytes, Long.BYTES);
    return bytes;
  }

  /** Before every instant. */
  static byte[] first() {
    return new byte[LENGTH];
  }

  /** After every instant. */
  static byte[] last() {
    byte[] bytes = new byte[LENGTH];
    Arrays.fill(bytes, (byte) 0xFF);
    return bytes;
  }

  /** The next value above: the lowest that is after the instant. */
  static byte[] after(Instant instant) {
    byte[] bytes = new byte[LENGTH];
    NumericUtils.add(LENGTH, 0, of(instant), ONE, bytes);
    return bytes;
  }

  /** The next value below: the highest that is before the instant. */
  static byte[] before(Instant instant) {
    byte[] bytes = new byte[LENGTH];
    NumericUtils.subtract(LENGTH, 0, of(instant), ONE, bytes);
    return bytes;
  }

  private static byte[] one() {
    byte[] one = new byte[LENGTH];
    one[LENGTH - 1] = 1;
    return one;
  }
}
