package dev.palimpsest.memory;

import java.util.Arrays;

/** A vector of unit length. Owns its content; immutable. */
public final class Embedding {
  private final float[] values;

  private Embedding(float[] values) {
    this.values = values;
  }

  /**
   * Of these values, scaled to unit length.
   *
   * @throws IllegalArgumentException for a vector that is empty, zero or not finite
   */
  public static Embedding normalised(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    if (!(sum > 0) || !Double.isFinite(sum)) {
      throw new IllegalArgumentException("a vector has a direction; this one has none");
    }
    float[] unit = new float[values.length];
    double scale = 1 / Math.sqrt(sum);
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (values[i] * scale);
    }
    return new Embedding(unit);
  }

  /** How many dimensions. */
  public int dimensions() {
    return values.length;
  }

  /** The values; a copy. */
  public float[] values() {
    return values.clone();
  }

  /** Cosine of the angle between the two, -1 to 1. */
  public double cosine(Embedding other) {
    if (other.values.length != values.length) {
      throw new IllegalArgumentException("vectors of different spaces cannot be compared");
    }
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += (double) values[i] * other.values[i];
    }
    return sum;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Embedding that && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "Embedding[" + values.length + "]";
  }
}
