package dev.palimpsest.retrieval.hybrid;

import java.util.List;

/**
 * Weights under which the evidence of each question scores above its other candidates: the softmax
 * over a question's candidates is fitted by Newton's method, with a little shrinking. Convex, so
 * where it begins does not matter.
 */
final class SoftmaxFit {
  private static final int STEPS = 12;
  private static final int HALVES_MAX = 20;
  private static final double SHRINK = 2e-3;

  private SoftmaxFit() {}

  /** One question: the signals of each candidate, and which of them are evidence. */
  static final class Example {
    private final double[][] signals;
    private final boolean[] isEvidence;

    Example(double[][] signals, boolean[] isEvidence) {
      this.signals = signals;
      this.isEvidence = isEvidence;
    }

    /** One row a candidate. */
    double[][] signals() {
      return signals;
    }

    /** Whether there is anything to learn from it. */
    boolean hasEvidence() {
      boolean has = false;
      for (boolean is : isEvidence) {
        has |= is;
      }
      return has;
    }
  }

  static double[] fit(List<Example> examples, int count) {
    double[] weights = new double[count];
    for (int step = 0; step < STEPS; step++) {
      double[] gradient = new double[count];
      double[][] curvature = new double[count][count];
      for (Example example : examples) {
        add(example, weights, gradient, curvature);
      }
      for (int i = 0; i < count; i++) {
        gradient[i] -= SHRINK * examples.size() * weights[i];
        curvature[i][i] += SHRINK * examples.size();
      }
      weights = moved(examples, weights, solve(curvature, gradient));
    }
    return weights;
  }

  /** A full step may lead too far; then half of it is tried. */
  private static double[] moved(List<Example> examples, double[] weights, double[] move) {
    double before = worth(examples, weights);
    double length = 1;
    for (int half = 0; half < HALVES_MAX; half++) {
      double[] there = weights.clone();
      for (int i = 0; i < there.length; i++) {
        there[i] += length * move[i];
      }
      if (worth(examples, there) > before) {
        return there;
      }
      length /= 2;
    }
    return weights;
  }

  /** Log of the evidence's share, mean over the evidence of each question, less the shrinking. */
  private static double worth(List<Example> examples, double[] weights) {
    double sum = 0;
    for (Example example : examples) {
      double[] shares = shares(example, weights);
      double of = 0;
      int evidence = 0;
      for (int c = 0; c < shares.length; c++) {
        if (example.isEvidence[c]) {
          of += Math.log(Math.max(Double.MIN_NORMAL, shares[c]));
          evidence++;
        }
      }
      sum += of / evidence;
    }
    for (double weight : weights) {
      sum -= SHRINK * examples.size() * weight * weight / 2;
    }
    return sum;
  }

  private static void add(
      Example example, double[] weights, double[] gradient, double[][] curvature) {
    double[] shares = shares(example, weights);
    int count = weights.length;
    double[] mean = new double[count];
    int evidence = 0;
    for (int c = 0; c < shares.length; c++) {
      evidence += example.isEvidence[c] ? 1 : 0;
      for (int i = 0; i < count; i++) {
        mean[i] += shares[c] * example.signals[c][i];
      }
    }
    for (int c = 0; c < shares.length; c++) {
      double[] x = example.signals[c];
      double wanted = example.isEvidence[c] ? 1.0 / evidence : 0;
      for (int i = 0; i < count; i++) {
        gradient[i] += (wanted - shares[c]) * x[i];
        for (int j = 0; j < count; j++) {
          curvature[i][j] += shares[c] * (x[i] - mean[i]) * (x[j] - mean[j]);
        }
      }
    }
  }

  private static double[] shares(Example example, double[] weights) {
    double[] shares = new double[example.signals.length];
    double most = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < shares.length; c++) {
      for (int i = 0; i < weights.length; i++) {
        shares[c] += weights[i] * example.signals[c][i];
      }
      most = Math.max(most, shares[c]);
    }
    double sum = 0;
    for (int c = 0; c < shares.length; c++) {
      shares[c] = Math.exp(shares[c] - most);
      sum += shares[c];
    }
    for (int c = 0; c < shares.length; c++) {
      shares[c] /= sum;
    }
    return shares;
  }

  /** Gauss without pivoting: what it solves is positive definite. */
  private static double[] solve(double[][] a, double[] b) {
    int n = b.length;
    for (int i = 0; i < n; i++) {
      for (int row = i + 1; row < n; row++) {
        double factor = a[row][i] / a[i][i];
        for (int j = i; j < n; j++) {
          a[row][j] -= factor * a[i][j];
        }
        b[row] -= factor * b[i];
      }
    }
    for (int i = n - 1; i >= 0; i--) {
      for (int j = i + 1; j < n; j++) {
        b[i] -= a[i][j] * b[j];
      }
      b[i] /= a[i][i];
    }
    return b;
  }
}
