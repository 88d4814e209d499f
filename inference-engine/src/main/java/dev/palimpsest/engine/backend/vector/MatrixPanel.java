package dev.palimpsest.engine.backend.vector;

import static dev.palimpsest.engine.backend.vector.Lanes.F;
import static dev.palimpsest.engine.backend.vector.Lanes.F32;
import static dev.palimpsest.engine.backend.vector.Lanes.L;
import static dev.palimpsest.engine.backend.vector.Lanes.sum;

import dev.palimpsest.engine.backend.block.RowDecoder;
import dev.palimpsest.engine.tensor.LongMethod;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Matrix times several vectors: a panel of rows is widened to f32 once and then multiplied with all
 * tokens, in tiles of four rows and four tokens. Each pair of row and token has one accumulator of
 * its own, whatever tile it falls into.
 *
 * <p>Rows and inputs are copied into arrays whose lines are padded with zeros to whole vectors. The
 * accumulators of a tile go through an array before their lanes are added: in one method with the
 * loop that would be more code than the compiler inlines, and then it boxes vectors.
 */
final class MatrixPanel {
  /** Rows widened together: a panel of usual width stays in the second-level cache. */
  private static final int ROWS = 16;

  private static final int TILE = 4;

  private final RowDecoder decoder = new RowDecoder();
  private final float[] tile = new float[TILE * TILE * L];
  private float[] panel = new float[0];
  private float[] inputs = new float[0];

  // The call at hand, so that the tiles need few arguments.
  private int columns;
  private int stride;

  void multiply(Tensor weights, Tensor x, Tensor out, int tokens, int from, int to) {
    columns = (int) weights.shape().columns();
    stride = Math.ceilDiv(columns, L) * L;
    if (panel.length < ROWS * stride) {
      panel = new float[ROWS * stride];
      inputs = new float[TILE * stride];
    }
    for (int row = from; row < to; row += ROWS) {
      int rows = Math.min(ROWS, to - row);
      for (int r = 0; r < rows; r++) {
        Widening.row(weights, row + r, panel, r * stride, decoder);
        Arrays.fill(panel, r * stride + columns, (r + 1) * stride, 0f);
      }
      for (int token = 0; token < tokens; token += TILE) {
        int count = Math.min(TILE, tokens - token);
        copyInputs(x.data(), token, count);
        int r = 0;
        for (; r + TILE <= rows; r += TILE) {
          multiplyTile(r * stride, count);
          store(out, row + r, TILE, token, count);
        }
        for (; r < rows; r++) {
          multiplyRow(r * stride, count);
          store(out, row + r, 1, token, count);
        }
      }
    }
  }

  private void copyInputs(MemorySegment x, int token, int count) {
    for (int t = 0; t < count; t++) {
      long start = (long) (token + t) * columns * Float.BYTES;
      MemorySegment.copy(x, F32, start, inputs, t * stride, columns);
      Arrays.fill(inputs, t * stride + columns, (t + 1) * stride, 0f);
    }
  }

  private void multiplyTile(int at, int tokens) {
    if (tokens == TILE) {
      rows4Tokens4(at);
      return;
    }
    for (int t = 0; t < tokens; t++) {
      rows4Token1(at, t);
    }
  }

  private void multiplyRow(int at, int tokens) {
    for (int t = 0; t < tokens; t++) {
      row1Token1(at, t);
    }
  }

  @LongMethod("sixteen accumulators that must be locals")
  private void rows4Tokens4(int at) {
    float[] w = panel;
    float[] x = inputs;
    int p1 = at + stride;
    int p2 = p1 + stride;
    int p3 = p2 + stride;
    int x1 = stride;
    int x2 = x1 + stride;
    int x3 = x2 + stride;
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
    for (int k = 0; k < stride; k += L) {
      FloatVector w0 = FloatVector.fromArray(F, w, at + k);
      FloatVector w1 = FloatVector.fromArray(F, w, p1 + k);
      FloatVector w2 = FloatVector.fromArray(F, w, p2 + k);
      FloatVector w3 = FloatVector.fromArray(F, w, p3 + k);
      FloatVector v0 = FloatVector.fromArray(F, x, k);
      a00 = w0.fma(v0, a00);
      a01 = w1.fma(v0, a01);
      a02 = w2.fma(v0, a02);
      a03 = w3.fma(v0, a03);
      FloatVector v1 = FloatVector.fromArray(F, x, x1 + k);
      a10 = w0.fma(v1, a10);
      a11 = w1.fma(v1, a11);
      a12 = w2.fma(v1, a12);
      a13 = w3.fma(v1, a13);
      FloatVector v2 = FloatVector.fromArray(F, x, x2 + k);
      a20 = w0.fma(v2, a20);
      a21 = w1.fma(v2, a21);
      a22 = w2.fma(v2, a22);
      a23 = w3.fma(v2, a23);
      FloatVector v3 = FloatVector.fromArray(F, x, x3 + k);
      a30 = w0.fma(v3, a30);
      a31 = w1.fma(v3, a31);
      a32 = w2.fma(v3, a32);
      a33 = w3.fma(v3, a33);
    }
    a00.intoArray(tile, 0 * L);
    a01.intoArray(tile, 1 * L);
    a02.intoArray(tile, 2 * L);
    a03.intoArray(tile, 3 * L);
    a10.intoArray(tile, 4 * L);
    a11.intoArray(tile, 5 * L);
    a12.intoArray(tile, 6 * L);
    a13.intoArray(tile, 7 * L);
    a20.intoArray(tile, 8 * L);
    a21.intoArray(tile, 9 * L);
    a22.intoArray(tile, 10 * L);
    a23.intoArray(tile, 11 * L);
    a30.intoArray(tile, 12 * L);
    a31.intoArray(tile, 13 * L);
    a32.intoArray(tile, 14 * L);
    a33.intoArray(tile, 15 * L);
  }

  private void rows4Token1(int at, int token) {
    float[] w = panel;
    int p1 = at + stride;
    int p2 = p1 + stride;
    int p3 = p2 + stride;
    int start = token * stride;
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    for (int k = 0; k < stride; k += L) {
      FloatVector v = FloatVector.fromArray(F, inputs, start + k);
      a0 = FloatVector.fromArray(F, w, at + k).fma(v, a0);
      a1 = FloatVector.fromArray(F, w, p1 + k).fma(v, a1);
      a2 = FloatVector.fromArray(F, w, p2 + k).fma(v, a2);
      a3 = FloatVector.fromArray(F, w, p3 + k).fma(v, a3);
    }
    int to = token * TILE * L;
    a0.intoArray(tile, to);
    a1.intoArray(tile, to + L);
    a2.intoArray(tile, to + 2 * L);
    a3.intoArray(tile, to + 3 * L);
  }

  private void row1Token1(int at, int token) {
    float[] w = panel;
    FloatVector a = FloatVector.zero(F);
    for (int k = 0; k < stride; k += L) {
      FloatVector v = FloatVector.fromArray(F, inputs, token * stride + k);
      a = FloatVector.fromArray(F, w, at + k).fma(v, a);
    }
    a.intoArray(tile, token * L * TILE);
  }

  /** Adds up the lanes of the tile's accumulators. */
  private void store(Tensor out, int row, int rows, int token, int tokens) {
    long width = out.shape().columns();
    for (int t = 0; t < tokens; t++) {
      long place = ((token + t) * width + row) * Float.BYTES;
      for (int r = 0; r < rows; r++) {
        float value = sum(tile, (t * TILE + r) * L);
        out.data().set(F32, place + (long) r * Float.BYTES, value);
      }
    }
  }
}
