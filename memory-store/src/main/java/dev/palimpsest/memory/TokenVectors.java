package dev.palimpsest.memory;

import java.util.Arrays;
import java.util.List;

/**
 * The vectors of a text's tokens, four bits for each dimension: what is asked of them is which one
 * is nearest, and for that four bits do as well as thirty-two (measured on LoCoMo), at a tenth of
 * the room. Immutable.
 */
public final class TokenVectors {
  /** Of a text whose tokens nobody knows. */
  public static final TokenVectors NONE = new TokenVectors(0, new byte[0]);

  /** The most tokens of one text or part; what follows is left out. */
  public static final int TOKENS_MAX = 512;

  private static final int LEVELS = 7;
  private static final int HALF_BYTE = 4;
  private static final int LOW_BITS = 0xF;

  private final int dimensions;
  private final byte[] packed;

  private TokenVectors(int dimensions, byte[] packed) {
    this.dimensions = dimensions;
    this.packed = packed;
  }

  /**
   * Of these tokens, in order.
   *
   * @throws IllegalArgumentException where they are not all of one even number of dimensions
   */
  public static TokenVectors of(List<Embedding> tokens) {
    if (tokens.isEmpty()) {
      return NONE;
    }
    int dimensions = tokens.getFirst().dimensions();
    byte[] packed = new byte[Math.min(TOKENS_MAX, tokens.size()) * dimensions / 2];
    for (int i = 0; i < Math.min(TOKENS_MAX, tokens.size()); i++) {
      float[] values = tokens.get(i).values();
      if (values.length != dimensions || dimensions % 2 != 0) {
        throw new IllegalArgumentException("tokens of " + values.length + " dimensions");
      }
      pack(values, packed, i * dimensions / 2);
    }
    return new TokenVectors(dimensions, packed);
  }

  /**
   * As {@link #bytes} gave them.
   *
   * @throws IllegalArgumentException where they are no whole number of tokens
   */
  public static TokenVectors ofBytes(int dimensions, byte[] bytes) {
    if (bytes.length == 0) {
      return NONE;
    }
    if (dimensions < 2 || dimensions % 2 != 0 || bytes.length % (dimensions / 2) != 0) {
      throw new IllegalArgumentException(bytes.length + " bytes for " + dimensions + " dimensions");
    }
    return new TokenVectors(dimensions, bytes.clone());
  }

  /** Two half bytes a byte, one token after the other; a copy. */
  public byte[] bytes() {
    return packed.clone();
  }

  /** How many tokens. */
  public int count() {
    return packed.length == 0 ? 0 : packed.length / (dimensions / 2);
  }

  /** Of how many dimensions each; 0 where there is none. */
  public int dimensions() {
    return dimensions;
  }

  /** These and then those, of one text in two parts. */
  public TokenVectors and(TokenVectors next) {
    if (packed.length == 0 || next.packed.length == 0) {
      return packed.length == 0 ? next : this;
    }
    if (dimensions != next.dimensions) {
      throw new IllegalArgumentException("tokens of different spaces are no text");
    }
    byte[] both = Arrays.copyOf(packed, packed.length + next.packed.length);
    System.arraycopy(next.packed, 0, both, packed.length, next.packed.length);
    return new TokenVectors(dimensions, both);
  }

  /**
   * Writes one token's values, whole numbers from -7 to 7 that have its direction.
   *
   * @param values of as many places as there are dimensions
   */
  public void read(int token, int[] values) {
    int from = token * dimensions / 2;
    for (int i = 0; i < dimensions / 2; i++) {
      int both = packed[from + i];
      values[2 * i] = (both & LOW_BITS) - LEVELS;
      values[2 * i + 1] = (both >> HALF_BYTE & LOW_BITS) - LEVELS;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenVectors that
        && dimensions == that.dimensions
        && Arrays.equals(packed, that.packed);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(packed);
  }

  @Override
  public String toString() {
    return "TokenVectors[" + count() + " of " + dimensions + "]";
  }

  private static void pack(float[] values, byte[] packed, int at) {
    float most = 0;
    for (float value : values) {
      most = Math.max(most, Math.abs(value));
    }
    float scale = LEVELS / most;
    for (int i = 0; i < values.length; i += 2) {
      int low = Math.round(values[i] * scale) + LEVELS;
      int high = Math.round(values[i + 1] * scale) + LEVELS;
      packed[at + i / 2] = (byte) (low | high << HALF_BYTE);
    }
  }
}
