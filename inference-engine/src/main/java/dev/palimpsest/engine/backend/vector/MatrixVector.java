package dev.palimpsest.engine.backend.vector;

import static dev.palimpsest.engine.backend.vector.Lanes.F;
import static dev.palimpsest.engine.backend.vector.Lanes.F32;
import static dev.palimpsest.engine.backend.vector.Lanes.L;
import static dev.palimpsest.engine.backend.vector.Lanes.load;
import static dev.palimpsest.engine.backend.vector.Lanes.sum;

import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Matrix times one vector, straight from the stored weights, four rows at a time. Rows are whole
 * vectors. Every row has one accumulator, so its bits are those of {@link MatrixPanel}.
 */
final class MatrixVector {
  /** Rows computed together. */
  static final int ROWS = 4;

  private final float[] tile = new float[ROWS * L];

  /** Whether the rows of a matrix are whole vectors. */
  static boolean fits(Tensor weights) {
    return weights.shape().columns() % L == 0;
  }

  /** Multiplies the rows {@code [from, to)}, a multiple of {@link #ROWS}, with the first of x. */
  void multiply(Tensor weights, MemorySegment x, MemorySegment out, int from, int to) {
    MemorySegment data = weights.data();
    long rowBytes = weights.rowBytes();
    int columns = (int) weights.shape().columns();
    for (int row = from; row < to; row += ROWS) {
      long start = row * rowBytes;
      switch (weights.type()) {
        case F32 -> f32(data, start, columns, x);
        case F16 -> f16(data, start, columns, x);
        case Q8_0 -> q8(data, start, columns, x);
      }
      store(out, (long) row * Float.BYTES);
    }
  }

  private void f32(MemorySegment w, long start, int columns, MemorySegment x) {
    long rowBytes = (long) columns * Float.BYTES;
    long w0 = start;
    long w1 = w0 + rowBytes;
    long w2 = w1 + rowBytes;
    long w3 = w2 + rowBytes;
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    for (int k = 0; k < columns; k += L) {
      FloatVector v = load(x, (long) k * Float.BYTES);
      long at = (long) k * Float.BYTES;
      a0 = load(w, w0 + at).fma(v, a0);
      a1 = load(w, w1 + at).fma(v, a1);
      a2 = load(w, w2 + at).fma(v, a2);
      a3 = load(w, w3 + at).fma(v, a3);
    }
    a0.intoArray(tile, 0);
    a1.intoArray(tile, L);
    a2.intoArray(tile, 2 * L);
    a3.intoArray(tile, 3 * L);
  }

  private void f16(MemorySegment w, long start, int columns, MemorySegment x) {
    long rowBytes = (long) columns * Short.BYTES;
    long w0 = start;
    long w1 = w0 + rowBytes;
    long w2 = w1 + rowBytes;
    long w3 = w2 + rowBytes;
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    for (int k = 0; k < columns; k += L) {
      FloatVector v = load(x, (long) k * Float.BYTES);
      long at = (long) k * Short.BYTES;
      a0 = Widening.half(w, w0 + at).fma(v, a0);
      a1 = Widening.half(w, w1 + at).fma(v, a1);
      a2 = Widening.half(w, w2 + at).fma(v, a2);
      a3 = Widening.half(w, w3 + at).fma(v, a3);
    }
    a0.intoArray(tile, 0);
    a1.intoArray(tile, L);
    a2.intoArray(tile, 2 * L);
    a3.intoArray(tile, 3 * L);
  }

  private void q8(MemorySegment w, long start, int columns, MemorySegment x) {
    long rowBytes = (long) (columns / Widening.Q8_ELEMENTS) * Widening.Q8_BYTES;
    long w0 = start;
    long w1 = w0 + rowBytes;
    long w2 = w1 + rowBytes;
    long w3 = w2 + rowBytes;
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    for (int k = 0; k < columns; k += Widening.Q8_ELEMENTS) {
      float s0 = Widening.q8Scale(w, w0);
      float s1 = Widening.q8Scale(w, w1);
      float s2 = Widening.q8Scale(w, w2);
      float s3 = Widening.q8Scale(w, w3);
      for (int j = 0; j < Widening.Q8_VECTORS; j++) {
        FloatVector v = load(x, (long) (k + j * L) * Float.BYTES);
        a0 = Widening.q8(w, w0, j).mul(s0).fma(v, a0);
        a1 = Widening.q8(w, w1, j).mul(s1).fma(v, a1);
        a2 = Widening.q8(w, w2, j).mul(s2).fma(v, a2);
        a3 = Widening.q8(w, w3, j).mul(s3).fma(v, a3);
      }
      w0 += Widening.Q8_BYTES;
      w1 += Widening.Q8_BYTES;
      w2 += Widening.Q8_BYTES;
      w3 += Widening.Q8_BYTES;
    }
    a0.intoArray(tile, 0);
    a1.intoArray(tile, L);
    a2.intoArray(tile, 2 * L);
    a3.intoArray(tile, 3 * L);
  }

  /** Adds up the lanes of the accumulators. */
  private void store(MemorySegment out, long place) {
    for (int r = 0; r < ROWS; r++) {
      out.set(F32, place + (long) r * Float.BYTES, sum(tile, r * L));
    }
  }
}
