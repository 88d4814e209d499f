package dev.palimpsest.compress;

import dev.palimpsest.compress.algebra.Products;
import dev.palimpsest.engine.kv.HeadKeys;
import java.util.Arrays;

/**
 * What queries make of the keys of a head: their attention, the logarithm of its mass, and the
 * output. A key behind a query's position is not seen by it.
 */
public final class Attended {
  private final int count;
  private final int keys;
  private final float[] weights;
  private final double[] logMasses;
  private final float[] output;

  private Attended(int count, int keys, float[] weights, double[] logMasses, float[] output) {
    this.count = count;
    this.keys = keys;
    this.weights = weights;
    this.logMasses = logMasses;
    this.output = output;
  }

  /** Computes it; takes {@code queries · keys · 4} bytes. */
  public static Attended of(Queries queries, HeadKeys head) {
    int count = queries.count();
    int keys = head.count();
    int dim = head.dim();
    float[] weights = new float[count * keys];
    Products.multiply(
        queries.rows(), count, dim, Products.transpose(head.keys(), keys, dim), keys, weights);
    double[] logMasses = new double[count];
    for (int i = 0; i < count; i++) {
      int visible = visible(head.positions(), queries.position(i));
      logMasses[i] = soften(weights, i * keys, head.biases(), visible);
    }
    float[] output = new float[count * dim];
    Products.multiply(weights, count, keys, head.values(), dim, output);
    return new Attended(count, keys, weights, logMasses, output);
  }

  /** How many of the keys stand at or before a position. */
  private static int visible(int[] positions, int last) {
    int found = Arrays.binarySearch(positions, last);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /** Turns scores into weights that add up to one; returns the logarithm of their mass. */
  private static double soften(float[] scores, int from, float[] biases, int visible) {
    float max = Float.NEGATIVE_INFINITY;
    for (int j = 0; j < visible; j++) {
      scores[from + j] += biases[j];
      max = Math.max(max, scores[from + j]);
    }
    double mass = 0;
    for (int j = 0; j < visible; j++) {
      float weight = (float) Math.exp(scores[from + j] - max);
      scores[from + j] = weight;
      mass += weight;
    }
    float factor = visible == 0 ? 0 : (float) (1 / mass);
    for (int j = 0; j < visible; j++) {
      scores[from + j] *= factor;
    }
    Arrays.fill(scores, from + visible, from + biases.length, 0f);
    return max + Math.log(mass);
  }

  /** Number of queries. */
  public int count() {
    return count;
  }

  /** Number of keys. */
  public int keys() {
    return keys;
  }

  /** Attention weights, {@code [count, keys]}, each row adding up to one; not to be changed. */
  public float[] weights() {
    return weights;
  }

  /** The logarithm of the sum of exponentials of a query; minus infinity where it sees no key. */
  public double logMass(int query) {
    return logMasses[query];
  }

  /** Outputs, {@code [count, dim]}; not to be changed. */
  public float[] output() {
    return output;
  }

  /**
   * How strongly each key is attended: the root of the mean square of its weights over the queries
   * that see it (Zweiger et al. 2026, section 3.3).
   */
  public float[] strengths() {
    float[] squares = new float[keys];
    int[] seen = new int[keys];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < keys; j++) {
        float weight = weights[i * keys + j];
        squares[j] += weight * weight;
        seen[j] += weight > 0 ? 1 : 0;
      }
    }
    for (int j = 0; j < keys; j++) {
      squares[j] = (float) Math.sqrt(squares[j] / Math.max(1, seen[j]));
    }
    return squares;
  }

  /** How strongly each key is attended by the query that attends to it most. */
  public float[] peaks() {
    float[] peaks = new float[keys];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < keys; j++) {
        peaks[j] = Math.max(peaks[j], weights[i * keys + j]);
      }
    }
    return peaks;
  }
}
