package dev.palimpsest.compress.algebra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class LeastSquaresTest {
  private final RandomGenerator random = Seeds.random(Seeds.seed("LeastSquaresTest"));

  private float[] matrix(int rows, int columns) {
    float[] matrix = new float[rows * columns];
    for (int i = 0; i < matrix.length; i++) {
      matrix[i] = (float) random.nextGaussian();
    }
    return matrix;
  }

  @Test
  void productsAreThoseOfTheDefinition() {
    for (int[] size : new int[][] {{1, 1, 1}, {3, 7, 5}, {8, 4, 9}, {5, 18, 33}}) {
      float[] a = matrix(size[0], size[1]);
      float[] b = matrix(size[1], size[2]);
      float[] c = new float[size[0] * size[2]];
      Products.multiply(a, size[0], size[1], b, size[2], c);
      for (int i = 0; i < c.length; i++) {
        double sum = 0;
        for (int k = 0; k < size[1]; k++) {
          double left = a[i / size[2] * size[1] + k];
          sum += left * b[k * size[2] + i % size[2]];
        }
        assertEquals(sum, c[i], 1e-4);
      }
    }
  }

  /** At the solution the gradient is zero: {@code xᵀ(xz − y) + ridge (z − prior) = 0}. */
  @Test
  void theNearestSolutionHasNoGradient() {
    for (int unknowns : new int[] {1, 5, 40}) {
      int rows = 60;
      int columns = 3;
      float[] x = matrix(rows, unknowns);
      float[] y = matrix(rows, columns);
      float[] prior = matrix(unknowns, columns);
      float[] gram = Products.gram(x, rows, unknowns);
      float[] right = new float[unknowns * columns];
      float[] turned = Products.transpose(x, rows, unknowns);
      Products.multiply(turned, unknowns, rows, y, columns, right);
      float[] z = LeastSquares.near(gram, right, prior, unknowns, 0.5);
      float[] applied = new float[unknowns * columns];
      Products.multiply(gram, unknowns, unknowns, z, columns, applied);
      for (int i = 0; i < z.length; i++) {
        double gradient = applied[i] - right[i] + 0.5 * (z[i] - prior[i]);
        assertEquals(0, gradient, 2e-3);
      }
    }
  }

  /** Two equal columns have no unique fit; the ridge chooses the one near the prior. */
  @Test
  void whatTheRowsDoNotSayComesFromThePrior() {
    float[] x = {1, 1, 2, 2, 3, 3};
    float[] gram = Products.gram(x, 3, 2);
    float[] right = {28, 28};
    float[] z = LeastSquares.near(gram, right, new float[] {1.5f, 0.5f}, 2, 1e-6);
    assertEquals(1.5f, z[0], 1e-3);
    assertEquals(0.5f, z[1], 1e-3);
  }

  /** Karush, Kuhn and Tucker: inside the bounds no gradient, at a bound one that points outward. */
  @Test
  void theBoundedSolutionIsOptimal() {
    int atBound = 0;
    for (int round = 0; round < 50; round++) {
      int rows = 40;
      int n = 1 + random.nextInt(20);
      float[] x = matrix(rows, n);
      float[] y = matrix(rows, 1);
      float[] gram = Products.gram(x, rows, n);
      float[] right = new float[n];
      Products.multiply(y, 1, rows, x, n, right);
      double ridge = 0.1;
      float[] w = LeastSquares.bounded(gram, right, ridge, 0.05, 1.2);
      for (int i = 0; i < n; i++) {
        double gradient = -right[i] + ridge * (w[i] - 1);
        for (int j = 0; j < n; j++) {
          gradient += gram[i * n + j] * w[j];
        }
        boolean isLow = w[i] <= 0.05f;
        boolean isHigh = w[i] >= 1.2f;
        atBound += isLow || isHigh ? 1 : 0;
        assertTrue(isLow || gradient <= 1e-2, i + ": " + gradient);
        assertTrue(isHigh || gradient >= -1e-2, i + ": " + gradient);
      }
    }
    assertTrue(atBound > 0);
  }
}
