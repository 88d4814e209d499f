package dev.palimpsest.engine.backend;

/**
 * The heads of a layer with a gated delta rule (Yang et al. 2024): each value head has a matrix
 * {@code [keyDim, valueDim]} that it changes with every token, and borrows queries and keys from a
 * key head. All three go through a short convolution over the tokens first.
 *
 * @param key number of key heads, which have the queries too
 * @param value number of value heads, a multiple of {@code key}
 * @param keyDim elements of a query and a key
 * @param valueDim elements of a value
 * @param taps tokens that the convolution sees, the token itself included
 * @param isGrouped value heads that share a key head are neighbours, else they are as far apart as
 *     there are key heads
 */
public record DeltaHeads(
    int key, int value, int keyDim, int valueDim, int taps, boolean isGrouped) {
  /** Checks the counts. */
  public DeltaHeads {
    if (key < 1 || value < 1 || value % key != 0 || keyDim < 1 || valueDim < 1 || taps < 1) {
      throw new IllegalArgumentException(
          "no delta rule with "
              + key
              + " key heads of "
              + keyDim
              + ", "
              + value
              + " value heads of "
              + valueDim
              + ", "
              + taps
              + " taps");
    }
  }

  /** Value heads that share a key head. */
  public int group() {
    return value / key;
  }

  /** The key head of a value head. */
  public int keyOf(int valueHead) {
    return isGrouped ? valueHead / group() : valueHead % key;
  }

  /** Elements of all keys of a token; the queries have the same. */
  public int keyWidth() {
    return key * keyDim;
  }

  /** Elements of all values of a token. */
  public int valueWidth() {
    return value * valueDim;
  }

  /** Elements of queries, keys and values of a token, which lie in this order. */
  public int mixedWidth() {
    return 2 * keyWidth() + valueWidth();
  }

  /** Bytes of what the convolution remembers: its last inputs, the oldest first. */
  public long tailBytes() {
    return (long) (taps - 1) * mixedWidth() * Float.BYTES;
  }

  /** Bytes of the matrix of a value head. */
  public long matrixBytes() {
    return (long) keyDim * valueDim * Float.BYTES;
  }

  /** Bytes of all that a layer remembers of a sequence: the tail, then the heads' matrices. */
  public long stateBytes() {
    return tailBytes() + value * matrixBytes();
  }
}
