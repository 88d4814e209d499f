package dev.palimpsest.compress.algebra;

/** Least squares by normal equations, in double precision behind products of single floats. */
public final class LeastSquares {
  private static final int SWEEPS_MAX = 200;
  private static final double SWEEP_CHANGE_MIN = 1e-7;

  private LeastSquares() {}

  /**
   * The {@code z [unknowns, columns]} that makes {@code ‖x·z − y‖² + ridge·‖z − prior‖²} smallest,
   * by Cholesky's factorisation of {@code xᵀx + ridge·I}.
   *
   * @param gram {@code xᵀx [unknowns, unknowns]}
   * @param right {@code xᵀy [unknowns, columns]}
   * @param prior {@code [unknowns, columns]}
   * @param ridge above 0
   */
  public static float[] near(
      float[] gram, float[] right, float[] prior, int unknowns, double ridge) {
    double[] factor = factor(gram, unknowns, ridge);
    int columns = unknowns == 0 ? 0 : right.length / unknowns;
    float[] out = new float[right.length];
    double[][] rows = new double[unknowns][columns];
    for (int i = 0; i < unknowns; i++) {
      for (int c = 0; c < columns; c++) {
        rows[i][c] = right[i * columns + c] + ridge * prior[i * columns + c];
      }
    }
    solve(factor, unknowns, rows);
    for (int i = 0; i < unknowns; i++) {
      for (int c = 0; c < columns; c++) {
        out[i * columns + c] = (float) rows[i][c];
      }
    }
    return out;
  }

  /**
   * The lower triangle L with {@code L·Lᵀ = gram + ridge·I}; the ridge grows until there is one.
   */
  private static double[] factor(float[] gram, int n, double ridge) {
    double[] l = new double[n * n];
    for (double more = ridge; ; more *= 10) {
      for (int i = 0; i < n * n; i++) {
        l[i] = gram[i];
      }
      for (int i = 0; i < n; i++) {
        l[i * n + i] += more;
      }
      if (factorInPlace(l, n)) {
        return l;
      }
    }
  }

  /** Row by row, so that the inner loop runs over neighbours; false where it is not positive. */
  private static boolean factorInPlace(double[] l, int n) {
    double[] line = new double[n];
    for (int k = 0; k < n; k++) {
      double pivot = l[k * n + k];
      if (!(pivot > 0)) {
        return false;
      }
      double root = Math.sqrt(pivot);
      // Row k becomes column k of L; what is right of it is taken from all rows below.
      for (int j = k; j < n; j++) {
        line[j] = l[k * n + j] / root;
        l[k * n + j] = line[j];
      }
      for (int i = k + 1; i < n; i++) {
        subtract(l, i * n, line[i], line, i, n);
      }
    }
    return true;
  }

  private static void subtract(double[] l, int row, double factor, double[] line, int from, int n) {
    for (int j = from; j < n; j++) {
      l[row + j] -= factor * line[j];
    }
  }

  /** With the upper triangle U = Lᵀ in place: forward with L, then backward with U. */
  private static void solve(double[] u, int n, double[][] rows) {
    for (int i = 0; i < n; i++) {
      scale(rows[i], 1 / u[i * n + i]);
      for (int below = i + 1; below < n; below++) {
        addMultiple(rows[below], -u[i * n + below], rows[i]);
      }
    }
    for (int i = n - 1; i >= 0; i--) {
      for (int later = i + 1; later < n; later++) {
        addMultiple(rows[i], -u[i * n + later], rows[later]);
      }
      scale(rows[i], 1 / u[i * n + i]);
    }
  }

  private static void scale(double[] y, double factor) {
    for (int j = 0; j < y.length; j++) {
      y[j] *= factor;
    }
  }

  private static void addMultiple(double[] y, double factor, double[] x) {
    for (int j = 0; j < y.length; j++) {
      y[j] += factor * x[j];
    }
  }

  /**
   * The {@code w} within bounds that makes {@code ‖x·w − y‖² + ridge·‖w − 1‖²} smallest, by cyclic
   * coordinate descent, which for a strictly convex problem in a box converges to its solution.
   *
   * @param gram {@code xᵀx [n, n]}
   * @param right {@code xᵀy [n]}
   * @param ridge above 0
   * @return between the bounds
   */
  public static float[] bounded(
      float[] gram, float[] right, double ridge, double least, double most) {
    int n = right.length;
    double[] w = new double[n];
    double[] gradient = new double[n];
    for (int i = 0; i < n; i++) {
      w[i] = Math.min(most, Math.max(least, 1));
      gradient[i] = -right[i] + ridge * (w[i] - 1);
    }
    for (int i = 0; i < n; i++) {
      add(gradient, w[i], gram, i * n);
    }
    double largest = Double.MAX_VALUE;
    for (int sweep = 0; sweep < SWEEPS_MAX && largest > SWEEP_CHANGE_MIN; sweep++) {
      largest = 0;
      for (int i = 0; i < n; i++) {
        double curvature = gram[i * n + i] + ridge;
        double next = Math.min(most, Math.max(least, w[i] - gradient[i] / curvature));
        double change = next - w[i];
        if (change != 0) {
          add(gradient, change, gram, i * n);
          gradient[i] += ridge * change;
          w[i] = next;
          largest = Math.max(largest, Math.abs(change) / (1 + next));
        }
      }
    }
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = (float) Math.min(most, Math.max(least, w[i]));
    }
    return out;
  }

  private static void add(double[] y, double factor, float[] x, int from) {
    for (int j = 0; j < y.length; j++) {
      y[j] += factor * x[from + j];
    }
  }
}
