package dev.palimpsest.engine.backend;

import dev.palimpsest.engine.tensor.Tensor;
import java.util.List;

/**
 * Matrices that are multiplied with the same vectors in one pass over the threads, such as the
 * query, key and value matrices of a layer. Made once for a model; {@link #tokens} is set before
 * each pass.
 */
public final class Projections implements Work {
  /** Weights of a unit: small enough that the threads finish together, large enough to stream. */
  private static final int UNIT_BYTES = 64 * 1024;

  /** Units begin at multiples of this, so that the kernels' row tiles stay whole. */
  private static final int ROW_TILE = 8;

  private final Tensor x;
  private final Projection[] parts;
  private final int[] rows;
  private final int[] rowsPerUnit;
  private final int[] firstUnit;
  private final int units;
  private int tokens;

  /**
   * @param x the common input, F32 {@code [tokensMax, columns]}
   */
  public Projections(Tensor x, List<Projection> parts) {
    this.x = x;
    this.parts = parts.toArray(Projection[]::new);
    rows = new int[this.parts.length];
    rowsPerUnit = new int[this.parts.length];
    firstUnit = new int[this.parts.length];
    int unit = 0;
    for (int p = 0; p < this.parts.length; p++) {
      Tensor weights = this.parts[p].weights();
      if (weights.shape().columns() != x.shape().columns()) {
        throw new IllegalArgumentException(
            weights.name()
                + " has "
                + weights.shape().columns()
                + " columns, its input "
                + x.shape().columns());
      }
      rowsPerUnit[p] = ROW_TILE * Math.clamp(UNIT_BYTES / weights.rowBytes() / ROW_TILE, 1, 64);
      firstUnit[p] = unit;
      rows[p] = this.parts[p].rows();
      unit += Math.ceilDiv(rows[p], rowsPerUnit[p]);
    }
    units = unit;
  }

  int units() {
    return units;
  }

  void tokens(int count) {
    tokens = count;
  }

  @Override
  public void run(int unit, Kernels kernels) {
    int p = parts.length - 1;
    while (firstUnit[p] > unit) {
      p--;
    }
    int from = (unit - firstUnit[p]) * rowsPerUnit[p];
    int to = Math.min(rows[p], from + rowsPerUnit[p]);
    kernels.multiply(parts[p].weights(), x, parts[p].out(), tokens, from, to);
  }
}
