package dev.palimpsest.engine.kv;

/**
 * Keys of one head on the heap, each with its value, its bias and the position it was turned to.
 * Whoever makes one gives the arrays away, and nobody changes them any more.
 */
public final class HeadKeys {
  private final int dim;
  private final float[] keys;
  private final float[] values;
  private final float[] biases;
  private final int[] positions;

  /**
   * @param dim elements of a key
   * @param keys {@code [count, dim]}
   * @param values the same
   * @param biases {@code [count]}: what is added to a query's product with the key, after scaling
   * @param positions {@code [count]}, ascending
   */
  public HeadKeys(int dim, float[] keys, float[] values, float[] biases, int[] positions) {
    int count = positions.length;
    if (dim < 1
        || keys.length != count * dim
        || values.length != keys.length
        || biases.length != count) {
      throw new IllegalArgumentException(
          count + " keys of " + dim + " elements: " + keys.length + ", " + values.length);
    }
    for (int i = 0; i < count; i++) {
      if (positions[i] < 0 || (i > 0 && positions[i] <= positions[i - 1])) {
        throw new IllegalArgumentException("positions must ascend, not " + positions[i]);
      }
    }
    this.dim = dim;
    this.keys = keys;
    this.values = values;
    this.biases = biases;
    this.positions = positions;
  }

  /** Number of keys. */
  public int count() {
    return positions.length;
  }

  /** Elements of each. */
  public int dim() {
    return dim;
  }

  /** The keys, {@code [count, dim]}; not to be changed. */
  public float[] keys() {
    return keys;
  }

  /** The values, {@code [count, dim]}; not to be changed. */
  public float[] values() {
    return values;
  }

  /** The biases; not to be changed. */
  public float[] biases() {
    return biases;
  }

  /** The positions; not to be changed. */
  public int[] positions() {
    return positions;
  }

  /**
   * Some of these keys with their own values and no bias.
   *
   * @param which their places, ascending
   */
  public HeadKeys pick(int[] which) {
    float[] picked = new float[which.length * dim];
    float[] pickedValues = new float[which.length * dim];
    int[] at = new int[which.length];
    for (int i = 0; i < which.length; i++) {
      System.arraycopy(keys, which[i] * dim, picked, i * dim, dim);
      System.arraycopy(values, which[i] * dim, pickedValues, i * dim, dim);
      at[i] = positions[which[i]];
    }
    return new HeadKeys(dim, picked, pickedValues, new float[which.length], at);
  }
}
