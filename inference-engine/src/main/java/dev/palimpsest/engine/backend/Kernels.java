package dev.palimpsest.engine.backend;

import dev.palimpsest.engine.tensor.Tensor;

/**
 * The operations of a forward pass, each for a part of its output, computed on the calling thread.
 * An instance belongs to one thread, because it may hold scratch memory.
 *
 * <p>Activations are F32 tensors {@code [rows, columns]}; weights have any {@link
 * dev.palimpsest.engine.tensor.DType}. Sums are accumulated in f32 in an order that depends only on
 * the length of the row. Bytes outside the named rows are neither read nor written.
 */
public interface Kernels {
  /**
   * Matrix times vectors: {@code out[t][r] = Σ weights[r][k] · x[t][k]} for {@code t < tokens} and
   * {@code rowFrom ≤ r < rowTo}. The result of a row and a token does not depend on the other ones.
   *
   * @param weights {@code [rows, columns]}
   * @param x F32 {@code [≥ tokens, columns]}
   * @param out F32 {@code [≥ tokens, rows]}
   */
  void multiply(Tensor weights, Tensor x, Tensor out, int tokens, int rowFrom, int rowTo);

  /**
   * Widens one row of weights to F32, exactly.
   *
   * @param weights {@code [rows, columns]}
   * @param out F32 {@code [rows, columns]}
   */
  void decode(Tensor weights, int row, Tensor out, int outRow);

  /**
   * Root-mean-square norm of one row: {@code out = x / √(mean(x²) + epsilon) · weight}. The tensors
   * are taken as rows of the weight's length, so that one head can be a row; {@code x} may be
   * {@code out}.
   *
   * @param weight F32 {@code [width]}
   */
  void rmsNorm(Tensor x, Tensor weight, Tensor out, int row, float epsilon);

  /**
   * Norm of one row by mean and variance: {@code out = (x − mean) / √(variance + epsilon) · weight
   * + bias}; {@code x} may be {@code out}.
   *
   * @param weight F32 {@code [width]}
   * @param bias F32 {@code [width]}
   */
  void layerNorm(Tensor x, Tensor weight, Tensor bias, Tensor out, int row, float epsilon);

  /** Adds a row to a row of the same width: {@code x[row] += y[row]}. */
  void add(Tensor x, Tensor y, int row);

  /**
   * Adds a multiple of a row, or of a vector that is taken as one, to a row of the same width:
   * {@code x[row] += factor · y[yRow]}, the product rounded before it is added.
   */
  void addScaled(Tensor x, int row, Tensor y, int yRow, float factor);

  /** Multiplies a row with a number: {@code x[row] ·= factor}. */
  void scale(Tensor x, int row, float factor);

  /** Gated unit, in place: {@code gate[row] = gate / (1 + e^−gate) · up[row]}. */
  void swiGlu(Tensor gate, Tensor up, int row);

  /**
   * Gated unit with a GELU, in place: {@code gate[row] = gate / (1 + e^−2u) · up[row]} with {@code
   * u = √(2/π) · (gate + 0.044715 · gate³)}, which is the form with a hyperbolic tangent.
   */
  void geGlu(Tensor gate, Tensor up, int row);

  /** GELU of a row, in place: {@code x · Φ(x)} with the normal distribution function. */
  void gelu(Tensor x, int row);

  /**
   * Turns one head to its position.
   *
   * @param x taken as rows of {@link Rotation#headDim} elements
   * @param row which of these rows
   */
  void rotate(Tensor x, int row, Rotation rotation, int position);

  /**
   * Attention of one block of rows for all query heads that share a key/value head: online softmax
   * page after page, in the order of the pages. Writes the heads' part of {@link Attention#out}.
   */
  void attend(Attention attention, int block, int kvHead);

  /** Gates a row, in place: {@code x[row] = x / (1 + e^−gate[row])}. */
  void sigmoidGate(Tensor x, Tensor gate, int row);

  /**
   * The convolution of one row: each element becomes the sum of its last inputs, weighted by the
   * taps from the oldest to its own, and that sum {@code s / (1 + e^−s)}. Then queries and keys are
   * divided by their length, head by head, and queries by the root of their dimension. Writes the
   * row of {@code mixed}.
   */
  void convolve(Recurrence recurrence, int row);

  /**
   * The gated delta rule of one value head over all rows of a run, in their order. With the head's
   * matrix M, for each row: {@code M ← decay · M}, {@code M ← M + k · (beta · (v − kᵀ · M))},
   * {@code out = qᵀ · M}. Changes the matrix and writes the head's part of {@code out}; what a row
   * gets does not depend on how the rows are cut into runs of several batches.
   */
  void recur(Recurrence recurrence, int run, int head);
}
