package dev.palimpsest.engine.backend;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;

/**
 * Rotary positions: the table of cosines and sines and the way in which the elements of a head are
 * paired.
 *
 * @param table F32 {@code [positions, rotated]}: for each position the cosine and sine of each
 *     pair, one after the other
 * @param headDim elements of a head; those beyond the rotated ones stay as they are
 * @param isHalfSplit pairs are {@code (i, i + rotated / 2)}, else {@code (2i, 2i + 1)}
 */
public record Rotation(Tensor table, int headDim, boolean isHalfSplit) {
  /** Checks type and size of the table. */
  public Rotation {
    long rotated = table.shape().columns();
    if (table.type() != DType.F32 || rotated % 2 != 0 || rotated > headDim) {
      throw new IllegalArgumentException(
          "a rotation of " + table.type() + " [.., " + rotated + "] for heads of " + headDim);
    }
  }

  /** Elements of a head that are turned, an even number. */
  public int rotated() {
    return (int) table.shape().columns();
  }
}
