package dev.palimpsest.engine.backend.vector;

import static dev.palimpsest.engine.backend.vector.Lanes.F;
import static dev.palimpsest.engine.backend.vector.Lanes.F32;
import static dev.palimpsest.engine.backend.vector.Lanes.L;
import static dev.palimpsest.engine.backend.vector.Lanes.load;
import static dev.palimpsest.engine.backend.vector.Lanes.sum;

import dev.palimpsest.engine.tensor.LongMethod;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Matrix times several vectors: a panel of rows is widened to f32 once and then multiplied with all
 * tokens, in tiles of four rows and four tokens. Each pair of row and token has one accumulator of
 * its own, whatever tile it falls into.
 */
final class MatrixPanel {
  /** Rows widened together: a panel of usual width stays in the second-level cache. */
  private static final int ROWS = 16;

  private static final int TILE = 4;

  private float[] panel = new float[0];

  // The call at hand, so that the tiles need few arguments.
  private MemorySegment x = MemorySegment.NULL;
  private MemorySegment out = MemorySegment.NULL;
  private int columns;
  private int stride;
  private long outWidth;
  private VectorMask<Float> tail = F.maskAll(false);

  void multiply(Tensor weights, Tensor input, Tensor output, int tokens, int from, int to) {
    columns = (int) weights.shape().columns();
    stride = Math.ceilDiv(columns, L) * L;
    tail = F.indexInRange(F.loopBound(columns), columns);
    x = input.data();
    out = output.data();
    outWidth = output.shape().columns();
    if (panel.length < ROWS * stride) {
      panel = new float[ROWS * stride];
    }
    for (int row = from; row < to; row += ROWS) {
      int rows = Math.min(ROWS, to - row);
      for (int r = 0; r < rows; r++) {
        Widening.row(weights, row + r, panel, r * stride);
        Arrays.fill(panel, r * stride + columns, (r + 1) * stride, 0f);
      }
      multiplyPanel(rows, tokens, row);
    }
    x = MemorySegment.NULL;
    out = MemorySegment.NULL;
  }

  private void multiplyPanel(int rows, int tokens, int firstRow) {
    int token = 0;
    for (; token + TILE <= tokens; token += TILE) {
      int r = 0;
      for (; r + TILE <= rows; r += TILE) {
        tile4x4(r * stride, token, firstRow + r);
      }
      for (; r < rows; r++) {
        row4Tokens(r * stride, token, firstRow + r);
      }
    }
    for (; token < tokens; token++) {
      int r = 0;
      for (; r + TILE <= rows; r += TILE) {
        rows4Token(r * stride, token, firstRow + r);
      }
      for (; r < rows; r++) {
        oneByOne(r * stride, token, firstRow + r);
      }
    }
  }

  @LongMethod("sixteen accumulators that must be locals")
  private void tile4x4(int at, int token, int row) {
    float[] w = panel;
    MemorySegment in = x;
    int p0 = at;
    int p1 = p0 + stride;
    int p2 = p1 + stride;
    int p3 = p2 + stride;
    long rowBytes = (long) columns * Float.BYTES;
    long x0 = token * rowBytes;
    long x1 = x0 + rowBytes;
    long x2 = x1 + rowBytes;
    long x3 = x2 + rowBytes;
    FloatVector a00 = FloatVector.zero(F);
    FloatVector a01 = FloatVector.zero(F);
    FloatVector a02 = FloatVector.zero(F);
    FloatVector a03 = FloatVector.zero(F);
    FloatVector a10 = FloatVector.zero(F);
    FloatVector a11 = FloatVector.zero(F);
    FloatVector a12 = FloatVector.zero(F);
    FloatVector a13 = FloatVector.zero(F);
    FloatVector a20 = FloatVector.zero(F);
    FloatVector a21 = FloatVector.zero(F);
    FloatVector a22 = FloatVector.zero(F);
    FloatVector a23 = FloatVector.zero(F);
    FloatVector a30 = FloatVector.zero(F);
    FloatVector a31 = FloatVector.zero(F);
    FloatVector a32 = FloatVector.zero(F);
    FloatVector a33 = FloatVector.zero(F);
    int whole = F.loopBound(columns);
    for (int k = 0; k < whole; k += L) {
      long bytes = (long) k * Float.BYTES;
      FloatVector w0 = FloatVector.fromArray(F, w, p0 + k);
      FloatVector w1 = FloatVector.fromArray(F, w, p1 + k);
      FloatVector w2 = FloatVector.fromArray(F, w, p2 + k);
      FloatVector w3 = FloatVector.fromArray(F, w, p3 + k);
      FloatVector v = load(in, x0 + bytes);
      a00 = w0.fma(v, a00);
      a01 = w1.fma(v, a01);
      a02 = w2.fma(v, a02);
      a03 = w3.fma(v, a03);
      v = load(in, x1 + bytes);
      a10 = w0.fma(v, a10);
      a11 = w1.fma(v, a11);
      a12 = w2.fma(v, a12);
      a13 = w3.fma(v, a13);
      v = load(in, x2 + bytes);
      a20 = w0.fma(v, a20);
      a21 = w1.fma(v, a21);
      a22 = w2.fma(v, a22);
      a23 = w3.fma(v, a23);
      v = load(in, x3 + bytes);
      a30 = w0.fma(v, a30);
      a31 = w1.fma(v, a31);
      a32 = w2.fma(v, a32);
      a33 = w3.fma(v, a33);
    }
    if (whole < columns) {
      int k = whole;
      long bytes = (long) k * Float.BYTES;
      FloatVector w0 = FloatVector.fromArray(F, w, p0 + k);
      FloatVector w1 = FloatVector.fromArray(F, w, p1 + k);
      FloatVector w2 = FloatVector.fromArray(F, w, p2 + k);
      FloatVector w3 = FloatVector.fromArray(F, w, p3 + k);
      FloatVector v = load(in, x0 + bytes, tail);
      a00 = w0.fma(v, a00);
      a01 = w1.fma(v, a01);
      a02 = w2.fma(v, a02);
      a03 = w3.fma(v, a03);
      v = load(in, x1 + bytes, tail);
      a10 = w0.fma(v, a10);
      a11 = w1.fma(v, a11);
      a12 = w2.fma(v, a12);
      a13 = w3.fma(v, a13);
      v = load(in, x2 + bytes, tail);
      a20 = w0.fma(v, a20);
      a21 = w1.fma(v, a21);
      a22 = w2.fma(v, a22);
      a23 = w3.fma(v, a23);
      v = load(in, x3 + bytes, tail);
      a30 = w0.fma(v, a30);
      a31 = w1.fma(v, a31);
      a32 = w2.fma(v, a32);
      a33 = w3.fma(v, a33);
    }
    store(token + 0, row, a00, a01, a02, a03);
    store(token + 1, row, a10, a11, a12, a13);
    store(token + 2, row, a20, a21, a22, a23);
    store(token + 3, row, a30, a31, a32, a33);
  }

  private void rows4Token(int at, int token, int row) {
    float[] w = panel;
    MemorySegment in = x;
    int p0 = at;
    int p1 = p0 + stride;
    int p2 = p1 + stride;
    int p3 = p2 + stride;
    long start = (long) token * columns * Float.BYTES;
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    int whole = F.loopBound(columns);
    for (int k = 0; k < stride; k += L) {
      long place = start + (long) k * Float.BYTES;
      FloatVector v = k < whole ? load(in, place) : load(in, place, tail);
      a0 = FloatVector.fromArray(F, w, p0 + k).fma(v, a0);
      a1 = FloatVector.fromArray(F, w, p1 + k).fma(v, a1);
      a2 = FloatVector.fromArray(F, w, p2 + k).fma(v, a2);
      a3 = FloatVector.fromArray(F, w, p3 + k).fma(v, a3);
    }
    store(token, row, a0, a1, a2, a3);
  }

  private void row4Tokens(int at, int token, int row) {
    for (int t = token; t < token + TILE; t++) {
      oneByOne(at, t, row);
    }
  }

  private void oneByOne(int at, int token, int row) {
    long start = (long) token * columns * Float.BYTES;
    FloatVector a = FloatVector.zero(F);
    int whole = F.loopBound(columns);
    for (int k = 0; k < stride; k += L) {
      long place = start + (long) k * Float.BYTES;
      FloatVector v = k < whole ? load(x, place) : load(x, place, tail);
      a = FloatVector.fromArray(F, panel, at + k).fma(v, a);
    }
    out.set(F32, (token * outWidth + row) * Float.BYTES, sum(a));
  }

  private void store(
      int token, int row, FloatVector a0, FloatVector a1, FloatVector a2, FloatVector a3) {
    long place = (token * outWidth + row) * Float.BYTES;
    out.set(F32, place, sum(a0));
    out.set(F32, place + 4, sum(a1));
    out.set(F32, place + 8, sum(a2));
    out.set(F32, place + 12, sum(a3));
  }
}
