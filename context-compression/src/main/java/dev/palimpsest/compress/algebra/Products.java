package dev.palimpsest.compress.algebra;

import java.util.Arrays;

/** Products of matrices of single floats. */
public final class Products {
  private static final int BLOCK = 4;

  private Products() {}

  /**
   * {@code c = a · b}.
   *
   * @param a {@code [rows, inner]}
   * @param b {@code [inner, columns]}
   * @param c {@code [rows, columns]}, written
   */
  public static void multiply(float[] a, int rows, int inner, float[] b, int columns, float[] c) {
    float[] line = new float[columns];
    for (int row = 0; row < rows; row++) {
      Arrays.fill(line, 0f);
      int k = 0;
      for (; k + BLOCK <= inner; k += BLOCK) {
        addFour(a, row * inner + k, b, k * columns, line);
      }
      for (; k < inner; k++) {
        addMultiple(line, a[row * inner + k], b, k * columns);
      }
      System.arraycopy(line, 0, c, row * columns, columns);
    }
  }

  /** Adds four multiples of neighbouring rows. */
  private static void addFour(float[] a, int at, float[] b, int from, float[] line) {
    int columns = line.length;
    float a0 = a[at];
    float a1 = a[at + 1];
    float a2 = a[at + 2];
    float a3 = a[at + 3];
    int second = from + columns;
    int third = second + columns;
    int fourth = third + columns;
    for (int j = 0; j < columns; j++) {
      line[j] += a0 * b[from + j] + a1 * b[second + j] + a2 * b[third + j] + a3 * b[fourth + j];
    }
  }

  /** {@code y += factor · x[from …]}. */
  public static void addMultiple(float[] y, float factor, float[] x, int from) {
    for (int j = 0; j < y.length; j++) {
      y[j] += factor * x[from + j];
    }
  }

  /** The transpose of {@code a [rows, columns]}. */
  public static float[] transpose(float[] a, int rows, int columns) {
    float[] out = new float[a.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        out[column * rows + row] = a[row * columns + column];
      }
    }
    return out;
  }

  /** {@code aᵀ · a} of {@code a [rows, columns]}. */
  public static float[] gram(float[] a, int rows, int columns) {
    float[] gram = new float[columns * columns];
    multiply(transpose(a, rows, columns), columns, rows, a, columns, gram);
    return gram;
  }
}
