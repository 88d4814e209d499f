package dev.palimpsest.memory.importing;

import java.util.Arrays;

/** Gathers bytes up to a limit; what comes beyond it is counted as too much and dropped. */
final class ByteBuilder {
  private static final int FIRST_BYTES = 4096;

  private final int bytesMax;
  private byte[] bytes = new byte[FIRST_BYTES];
  private int length;
  private boolean overflowed;

  ByteBuilder(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  void clear() {
    length = 0;
    overflowed = false;
    if (bytes.length > FIRST_BYTES * 16) {
      bytes = new byte[FIRST_BYTES];
    }
  }

  void add(int value) {
    if (length == bytesMax) {
      overflowed = true;
      return;
    }
    if (length == bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.min(bytesMax, length * 2));
    }
    bytes[length++] = (byte) value;
  }

  boolean hasOverflowed() {
    return overflowed;
  }

  /** What was gathered, without a carriage return at its end; empty once it was too much. */
  byte[] line() {
    boolean hasReturn = length > 0 && bytes[length - 1] == '\r';
    return overflowed ? new byte[0] : Arrays.copyOf(bytes, hasReturn ? length - 1 : length);
  }

  /** What was gathered; empty once it was too much. */
  byte[] all() {
    return overflowed ? new byte[0] : Arrays.copyOf(bytes, length);
  }
}
