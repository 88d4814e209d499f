package dev.palimpsest.engine.embed;

import java.util.Arrays;

/**
 * A text's place in a space of meanings: a direction, of length one; or zero for a text without a
 * token. Immutable.
 */
public final class TextVector {
  private final float[] values;
  private final int tokens;
  private final int cutTokens;

  private TextVector(float[] values, int tokens, int cutTokens) {
    this.values = values;
    this.tokens = tokens;
    this.cutTokens = cutTokens;
  }

  static TextVector of(double[] vector, MarkedText text) {
    double squares = 0;
    for (double each : vector) {
      squares += each * each;
    }
    double scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    float[] values = new float[vector.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (vector[i] * scale);
    }
    return new TextVector(values, text.ids().size(), text.cutTokens());
  }

  /** Number of elements. */
  public int dimensions() {
    return values.length;
  }

  /** A new array of the elements, which belongs to the caller. */
  public float[] copy() {
    return values.clone();
  }

  /** Tokens that the model read, its marks included. */
  public int tokens() {
    return tokens;
  }

  /** Tokens of the text's end that it did not read, because the text was too long. */
  public int cutTokens() {
    return cutTokens;
  }

  /** How near another vector's direction is, −1 to 1. */
  public double cosine(TextVector other) {
    if (other.values.length != values.length) {
      throw new IllegalArgumentException(
          "vectors of " + values.length + " and " + other.values.length + " elements");
    }
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += (double) values[i] * other.values[i];
    }
    return sum;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TextVector that
        && Arrays.equals(values, that.values)
        && tokens == that.tokens
        && cutTokens == that.cutTokens;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return values.length + " elements of " + tokens + " tokens, " + cutTokens + " cut";
  }
}
