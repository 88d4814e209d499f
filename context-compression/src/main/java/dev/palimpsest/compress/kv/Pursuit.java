package dev.palimpsest.compress.kv;

import dev.palimpsest.compress.Attended;
import dev.palimpsest.compress.algebra.Products;
import java.util.Arrays;

/**
 * Orthogonal matching pursuit of the attention mass (Zweiger et al. 2026, algorithm 1): the key
 * whose weights explain most of what is left of every query's mass is taken, what is left is made
 * anew by least squares over all taken keys, and so on. The fit is not repeated but extended, by
 * Gram-Schmidt done twice: O(queries · keys) for each key instead of a solve.
 */
final class Pursuit {
  private static final double INDEPENDENT_MIN = 1e-4;

  private final Attended attended;
  private final int wanted;
  private final boolean[] taken;
  private final float[] left;
  private final float[][] basis;
  private int basisSize;

  /**
   * @param sinks keys that are taken first; they explain their own weights and no more
   * @param wanted keys in all
   */
  private Pursuit(Attended attended, int sinks, int wanted) {
    this.attended = attended;
    this.wanted = wanted;
    taken = new boolean[attended.keys()];
    Arrays.fill(taken, 0, sinks, true);
    left = new float[attended.count()];
    basis = new float[wanted - sinks][];
    for (int i = 0; i < left.length; i++) {
      float own = 0;
      for (int j = 0; j < sinks; j++) {
        own += attended.weights()[i * attended.keys() + j];
      }
      left[i] = Double.isInfinite(attended.logMass(i)) ? 0 : 1 - own;
    }
  }

  /**
   * The places of the keys taken, ascending.
   *
   * @param step keys that are taken between two looks at what is left
   */
  static int[] select(Attended attended, int sinks, int wanted, int step) {
    Pursuit pursuit = new Pursuit(attended, sinks, wanted);
    int count = sinks;
    while (count < wanted) {
      float[] gains = pursuit.gains();
      for (int i = 0; i < step && count < wanted; i++) {
        pursuit.take(best(gains));
        count++;
      }
    }
    return pursuit.places();
  }

  /** How well the weights of each key go along with what is left. */
  private float[] gains() {
    int keys = attended.keys();
    float[] gains = new float[keys];
    for (int i = 0; i < left.length; i++) {
      Products.addMultiple(gains, left[i], attended.weights(), i * keys);
    }
    for (int j = 0; j < keys; j++) {
      gains[j] = taken[j] ? Float.NEGATIVE_INFINITY : gains[j];
    }
    return gains;
  }

  /** The best, which is struck off. */
  private static int best(float[] gains) {
    int best = 0;
    for (int j = 1; j < gains.length; j++) {
      best = gains[j] >= gains[best] ? j : best;
    }
    gains[best] = Float.NEGATIVE_INFINITY;
    return best;
  }

  private void take(int key) {
    taken[key] = true;
    float[] column = new float[left.length];
    double before = 0;
    for (int i = 0; i < column.length; i++) {
      column[i] = attended.weights()[i * attended.keys() + key];
      before += column[i] * column[i];
    }
    orthogonalise(column);
    orthogonalise(column);
    double length = Math.sqrt(dot(column, column));
    if (length <= INDEPENDENT_MIN * Math.sqrt(before) || length == 0) {
      // The keys taken before say the same; there is nothing to take from what is left.
      return;
    }
    for (int i = 0; i < column.length; i++) {
      column[i] /= (float) length;
    }
    float share = (float) dot(column, left);
    Products.addMultiple(left, -share, column, 0);
    basis[basisSize++] = column;
  }

  private void orthogonalise(float[] column) {
    for (int b = 0; b < basisSize; b++) {
      Products.addMultiple(column, (float) -dot(basis[b], column), basis[b], 0);
    }
  }

  /** Four partial sums, so that additions overlap. */
  private static double dot(float[] a, float[] b) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int i = 0;
    for (; i + 4 <= a.length; i += 4) {
      s0 += a[i] * b[i];
      s1 += a[i + 1] * b[i + 1];
      s2 += a[i + 2] * b[i + 2];
      s3 += a[i + 3] * b[i + 3];
    }
    double sum = (double) s0 + s1 + s2 + s3;
    for (; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private int[] places() {
    int[] places = new int[wanted];
    int to = 0;
    for (int j = 0; j < taken.length; j++) {
      if (taken[j]) {
        places[to++] = j;
      }
    }
    return places;
  }
}
