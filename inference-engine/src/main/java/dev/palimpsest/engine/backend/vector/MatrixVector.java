package dev.palimpsest.engine.backend.vector;

import static dev.palimpsest.engine.backend.vector.Lanes.F;
import static dev.palimpsest.engine.backend.vector.Lanes.F32;
import static dev.palimpsest.engine.backend.vector.Lanes.L;
import static dev.palimpsest.engine.backend.vector.Lanes.sum;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Matrix times one or a few vectors, straight from the stored weights. Rows are read one after the
 * other: memory is fast only where it is read in one long stream, and four rows at a time were
 * found to halve the speed. Each pair of row and token has one accumulator, so the bits are those
 * of {@link MatrixPanel}.
 */
final class MatrixVector {
  /** Tokens that share the widening of a weight; with more, a panel for all of them is faster. */
  private static final int GROUP = 4;

  private final float[] sums = new float[GROUP * L];
  private float[] inputs = new float[0];

  /** Whether this is the way for such a matrix and so many tokens. */
  static boolean fits(Tensor weights, int tokens) {
    boolean areWhole = weights.shape().columns() % L == 0;
    return areWhole && tokens <= tokensMax(weights.type());
  }

  private static int tokensMax(DType type) {
    return switch (type) {
      case F32, F16 -> 1;
      case Q8_0 -> GROUP;
      default -> 0;
    };
  }

  void multiply(Tensor weights, Tensor x, Tensor out, int tokens, int from, int to) {
    int columns = (int) weights.shape().columns();
    copyInputs(x.data(), columns, tokens);
    long rowBytes = weights.rowBytes();
    for (int row = from; row < to; row++) {
      long start = row * rowBytes;
      if (tokens == 1) {
        single(weights, start, columns);
      } else {
        q8Times4(weights.data(), start, columns);
      }
      store(out, row, tokens);
    }
  }

  /** Copies the inputs to an array, which is quicker to read, with zeros up to a whole group. */
  private void copyInputs(MemorySegment x, int columns, int tokens) {
    int length = tokens == 1 ? columns : GROUP * columns;
    if (inputs.length < length) {
      inputs = new float[length];
    }
    MemorySegment.copy(x, F32, 0, inputs, 0, tokens * columns);
    Arrays.fill(inputs, tokens * columns, length, 0f);
  }

  private void single(Tensor weights, long start, int columns) {
    switch (weights.type()) {
      case F32 -> f32(weights.data(), start, columns);
      case F16 -> f16(weights.data(), start, columns);
      case Q8_0 -> q8(weights.data(), start, columns);
      default -> throw new IllegalArgumentException(weights.type() + " goes through a panel");
    }
  }

  private void f32(MemorySegment w, long start, int columns) {
    float[] x = inputs;
    FloatVector a = FloatVector.zero(F);
    for (int k = 0; k < columns; k += L) {
      FloatVector v = FloatVector.fromArray(F, x, k);
      a = Lanes.load(w, start + (long) k * Float.BYTES).fma(v, a);
    }
    a.intoArray(sums, 0);
  }

  private void f16(MemorySegment w, long start, int columns) {
    float[] x = inputs;
    FloatVector a = FloatVector.zero(F);
    for (int k = 0; k < columns; k += L) {
      FloatVector v = FloatVector.fromArray(F, x, k);
      a = Widening.half(w, start + (long) k * Short.BYTES).fma(v, a);
    }
    a.intoArray(sums, 0);
  }

  private void q8(MemorySegment w, long start, int columns) {
    float[] x = inputs;
    FloatVector a = FloatVector.zero(F);
    int blocks = columns / Widening.Q8_ELEMENTS;
    for (int b = 0; b < blocks; b++) {
      long block = start + (long) b * Widening.Q8_BYTES;
      float scale = Widening.q8Scale(w, block);
      for (int j = 0; j < Widening.Q8_VECTORS; j++) {
        FloatVector v = FloatVector.fromArray(F, x, b * Widening.Q8_ELEMENTS + j * L);
        a = Widening.q8(w, block, j).mul(scale).fma(v, a);
      }
    }
    a.intoArray(sums, 0);
  }

  /** One row times the four inputs. */
  private void q8Times4(MemorySegment w, long start, int columns) {
    float[] x = inputs;
    int from1 = columns;
    int from2 = from1 + columns;
    int from3 = from2 + columns;
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    int blocks = columns / Widening.Q8_ELEMENTS;
    for (int b = 0; b < blocks; b++) {
      long block = start + (long) b * Widening.Q8_BYTES;
      float scale = Widening.q8Scale(w, block);
      for (int j = 0; j < Widening.Q8_VECTORS; j++) {
        int k = b * Widening.Q8_ELEMENTS + j * L;
        FloatVector q = Widening.q8(w, block, j).mul(scale);
        a0 = q.fma(FloatVector.fromArray(F, x, k), a0);
        a1 = q.fma(FloatVector.fromArray(F, x, from1 + k), a1);
        a2 = q.fma(FloatVector.fromArray(F, x, from2 + k), a2);
        a3 = q.fma(FloatVector.fromArray(F, x, from3 + k), a3);
      }
    }
    a0.intoArray(sums, 0);
    a1.intoArray(sums, L);
    a2.intoArray(sums, 2 * L);
    a3.intoArray(sums, 3 * L);
  }

  /** Adds up the lanes of the accumulators. */
  private void store(Tensor out, int row, int tokens) {
    long width = out.shape().columns();
    for (int t = 0; t < tokens; t++) {
      out.data().set(F32, (t * width + row) * Float.BYTES, sum(sums, t * L));
    }
  }
}
