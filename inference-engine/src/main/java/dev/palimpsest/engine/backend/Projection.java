package dev.palimpsest.engine.backend;

import dev.palimpsest.engine.tensor.Tensor;

/**
 * A matrix and the place of its product.
 *
 * @param weights {@code [rows, columns]}
 * @param out F32 {@code [tokensMax, rows]}
 */
public record Projection(Tensor weights, Tensor out) {
  /** Checks that the result has the width of the matrix's height. */
  public Projection {
    if (weights.shape().rows() != out.shape().columns()) {
      throw new IllegalArgumentException(
          weights.name()
              + " has "
              + weights.shape().rows()
              + " rows, "
              + out.name()
              + " takes "
              + out.shape().columns());
    }
  }

  int rows() {
    return Math.toIntExact(weights.shape().rows());
  }
}
