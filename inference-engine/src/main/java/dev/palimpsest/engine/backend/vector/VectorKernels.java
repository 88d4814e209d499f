package dev.palimpsest.engine.backend.vector;

import static dev.palimpsest.engine.backend.vector.Lanes.F;
import static dev.palimpsest.engine.backend.vector.Lanes.F32;
import static dev.palimpsest.engine.backend.vector.Lanes.L;
import static dev.palimpsest.engine.backend.vector.Lanes.load;
import static dev.palimpsest.engine.backend.vector.Lanes.store;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Kernels;
import dev.palimpsest.engine.backend.Recurrence;
import dev.palimpsest.engine.backend.Rotation;
import dev.palimpsest.engine.backend.block.RowDecoder;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The kernels in the Vector API, as wide as this machine prefers. Belongs to one thread. */
public final class VectorKernels implements Kernels {
  /** The cube's part, and twice the root of 2/π, in the GELU. */
  private static final float GELU_CUBIC = 0.044715f;

  private static final float GELU_FACTOR = 1.5957692f;

  /**
   * The normal distribution's tail: {@code t · (a1 + t · (a2 + …)) · e^(−x² / 2)} with {@code t = 1
   * / (1 + p · |x|)}, absolute error below 1e-7 (Abramowitz and Stegun 1964, 7.1.26, halved).
   */
  private static final float TAIL_P = 0.23164190f;

  private static final float[] TAIL = {
    0.1274148f, -0.14224836f, 0.7107069f, -0.72657603f, 0.5307027f
  };

  private final MatrixVector vector = new MatrixVector();
  private final MatrixPanel panel = new MatrixPanel();
  private final VectorAttention attention;
  private final VectorRecurrence recurrence = new VectorRecurrence();
  private final RowDecoder rows = new RowDecoder();
  private final float[] lanes = new float[L];
  private float[] line = new float[0];
  private float[] other = new float[0];
  private float[] powers = new float[0];

  /**
   * Kernels for one thread.
   *
   * @param scratch gives memory that lives at least as long as they do
   */
  public VectorKernels(SegmentAllocator scratch) {
    this.attention = new VectorAttention(scratch);
  }

  /** Width of the vectors in bits. */
  public static int laneBits() {
    return F.vectorBitSize();
  }

  @Override
  public void multiply(Tensor weights, Tensor x, Tensor out, int tokens, int rowFrom, int rowTo) {
    if (MatrixVector.fits(weights, tokens)) {
      vector.multiply(weights, x, out, tokens, rowFrom, rowTo);
    } else {
      panel.multiply(weights, x, out, tokens, rowFrom, rowTo);
    }
  }

  @Override
  public void decode(Tensor weights, int row, Tensor out, int outRow) {
    int columns = (int) weights.shape().columns();
    reserve(columns);
    Widening.row(weights, row, line, 0, rows);
    MemorySegment.copy(line, 0, out.data(), F32, (long) outRow * columns * Float.BYTES, columns);
  }

  @Override
  public void rmsNorm(Tensor x, Tensor weight, Tensor out, int row, float epsilon) {
    int width = (int) weight.shape().columns();
    int whole = F.loopBound(width);
    VectorMask<Float> tail = F.indexInRange(whole, width);
    long start = (long) row * width * Float.BYTES;
    float mean = sumOfSquares(x.data(), start, width, tail) / width;
    float scale = (float) (1 / Math.sqrt(mean + epsilon));
    for (int i = 0; i < whole; i += L) {
      long at = (long) i * Float.BYTES;
      FloatVector w = load(weight.data(), at);
      store(load(x.data(), start + at).mul(scale).mul(w), out.data(), start + at);
    }
    if (whole < width) {
      long at = (long) whole * Float.BYTES;
      FloatVector w = load(weight.data(), at, tail);
      FloatVector v = load(x.data(), start + at, tail);
      store(v.mul(scale).mul(w), out.data(), start + at, tail);
    }
  }

  private float sumOfSquares(MemorySegment x, long start, int width, VectorMask<Float> tail) {
    FloatVector a = FloatVector.zero(F);
    int whole = F.loopBound(width);
    for (int i = 0; i < whole; i += L) {
      FloatVector v = load(x, start + (long) i * Float.BYTES);
      a = v.fma(v, a);
    }
    if (whole < width) {
      FloatVector v = load(x, start + (long) whole * Float.BYTES, tail);
      a = v.fma(v, a);
    }
    a.intoArray(lanes, 0);
    return Lanes.sum(lanes, 0);
  }

  @Override
  public void layerNorm(Tensor x, Tensor weight, Tensor bias, Tensor out, int row, float epsilon) {
    int width = (int) weight.shape().columns();
    reserve(width);
    long start = (long) row * width * Float.BYTES;
    MemorySegment.copy(x.data(), F32, start, line, 0, width);
    float mean = sumOfLine(width) / width;
    for (int i = 0; i < width; i += L) {
      FloatVector v = FloatVector.fromArray(F, line, i).sub(mean);
      v.intoArray(line, i);
      v.mul(v).intoArray(other, i);
    }
    System.arraycopy(line, 0, powers, 0, width);
    System.arraycopy(other, 0, line, 0, width);
    float scale = (float) (1 / Math.sqrt(sumOfLine(width) / width + epsilon));
    MemorySegment.copy(weight.data(), F32, 0, line, 0, width);
    MemorySegment.copy(bias.data(), F32, 0, other, 0, width);
    for (int i = 0; i < width; i += L) {
      FloatVector v = FloatVector.fromArray(F, powers, i).mul(scale);
      FloatVector w = FloatVector.fromArray(F, line, i);
      v.mul(w).add(FloatVector.fromArray(F, other, i)).intoArray(powers, i);
    }
    MemorySegment.copy(powers, 0, out.data(), F32, start, width);
  }

  private float sumOfLine(int width) {
    Arrays.fill(line, width, width + L, 0f);
    FloatVector a = FloatVector.zero(F);
    for (int i = 0; i < width; i += L) {
      a = a.add(FloatVector.fromArray(F, line, i));
    }
    a.intoArray(lanes, 0);
    return Lanes.sum(lanes, 0);
  }

  @Override
  public void add(Tensor x, Tensor y, int row) {
    int width = (int) x.shape().columns();
    int whole = F.loopBound(width);
    long start = (long) row * width * Float.BYTES;
    for (int i = 0; i < whole; i += L) {
      long at = start + (long) i * Float.BYTES;
      store(load(x.data(), at).add(load(y.data(), at)), x.data(), at);
    }
    for (int i = whole; i < width; i++) {
      long at = start + (long) i * Float.BYTES;
      x.data().set(F32, at, x.data().get(F32, at) + y.data().get(F32, at));
    }
  }

  @Override
  public void addScaled(Tensor x, int row, Tensor y, int yRow, float factor) {
    int width = (int) x.shape().columns();
    int whole = F.loopBound(width);
    long start = (long) row * width * Float.BYTES;
    long source = (long) yRow * width * Float.BYTES;
    for (int i = 0; i < whole; i += L) {
      long at = (long) i * Float.BYTES;
      FloatVector added = load(y.data(), source + at).mul(factor);
      store(load(x.data(), start + at).add(added), x.data(), start + at);
    }
    for (int i = whole; i < width; i++) {
      long at = (long) i * Float.BYTES;
      float added = factor * y.data().get(F32, source + at);
      x.data().set(F32, start + at, x.data().get(F32, start + at) + added);
    }
  }

  @Override
  public void scale(Tensor x, int row, float factor) {
    int width = (int) x.shape().columns();
    int whole = F.loopBound(width);
    long start = (long) row * width * Float.BYTES;
    for (int i = 0; i < whole; i += L) {
      long at = start + (long) i * Float.BYTES;
      store(load(x.data(), at).mul(factor), x.data(), at);
    }
    for (int i = whole; i < width; i++) {
      long at = start + (long) i * Float.BYTES;
      x.data().set(F32, at, x.data().get(F32, at) * factor);
    }
  }

  @Override
  public void swiGlu(Tensor gate, Tensor up, int row) {
    int width = copyGate(gate, up, row);
    System.arraycopy(line, 0, powers, 0, width);
    writeGated(gate, row, width);
  }

  @Override
  public void geGlu(Tensor gate, Tensor up, int row) {
    int width = copyGate(gate, up, row);
    for (int i = 0; i < width; i += L) {
      FloatVector g = FloatVector.fromArray(F, line, i);
      FloatVector cubic = g.mul(g).mul(g).mul(GELU_CUBIC);
      g.add(cubic).mul(GELU_FACTOR).intoArray(powers, i);
    }
    writeGated(gate, row, width);
  }

  /** For what lies below zero the tail is the factor, else what is missing of it. */
  @Override
  public void gelu(Tensor x, int row) {
    int width = (int) x.shape().columns();
    reserve(width);
    long start = (long) row * width * Float.BYTES;
    MemorySegment.copy(x.data(), F32, start, line, 0, width);
    for (int i = 0; i < width; i += L) {
      FloatVector v = FloatVector.fromArray(F, line, i);
      v.mul(v).intoArray(powers, i);
    }
    Lanes.exp(powers, width, -0.5f, 0);
    for (int i = 0; i < width; i += L) {
      FloatVector v = FloatVector.fromArray(F, line, i);
      FloatVector t = FloatVector.broadcast(F, 1f).div(v.abs().mul(TAIL_P).add(1f));
      FloatVector tail = t.mul(TAIL[4]).add(TAIL[3]).mul(t).add(TAIL[2]).mul(t).add(TAIL[1]);
      tail = tail.mul(t).add(TAIL[0]).mul(t).mul(FloatVector.fromArray(F, powers, i));
      FloatVector part = v.mul(tail);
      v.sub(part).blend(part, v.lt(0f)).intoArray(line, i);
    }
    MemorySegment.copy(line, 0, x.data(), F32, start, width);
  }

  private int copyGate(Tensor gate, Tensor up, int row) {
    int width = (int) gate.shape().columns();
    reserve(width);
    long start = (long) row * width * Float.BYTES;
    MemorySegment.copy(gate.data(), F32, start, line, 0, width);
    MemorySegment.copy(up.data(), F32, start, other, 0, width);
    return width;
  }

  /** Divides the line by one plus e to the minus powers, multiplies it with the other. */
  private void writeGated(Tensor gate, int row, int width) {
    Lanes.exp(powers, width, -1, 0);
    // What lies behind the width in the arrays is computed too, and left there.
    for (int i = 0; i < width; i += L) {
      FloatVector divisor = FloatVector.fromArray(F, powers, i).add(1f);
      FloatVector gated = FloatVector.fromArray(F, line, i).div(divisor);
      gated.mul(FloatVector.fromArray(F, other, i)).intoArray(line, i);
    }
    MemorySegment.copy(line, 0, gate.data(), F32, (long) row * width * Float.BYTES, width);
  }

  private void reserve(int width) {
    if (line.length < width + L) {
      line = new float[width + L];
      other = new float[width + L];
      powers = new float[width + L];
    }
  }

  /** Plain loops: a head is small, and its pairs are adjacent in one of the two styles. */
  @Override
  public void rotate(Tensor x, int row, Rotation rotation, int position) {
    MemorySegment data = x.data();
    MemorySegment table = rotation.table().data();
    int pairs = rotation.rotated() / 2;
    int step = rotation.isHalfSplit() ? 1 : 2;
    int apart = rotation.isHalfSplit() ? pairs : 1;
    long start = (long) row * rotation.headDim();
    long angle = (long) position * rotation.rotated() * Float.BYTES;
    for (int i = 0; i < pairs; i++) {
      long first = (start + (long) i * step) * Float.BYTES;
      long second = first + (long) apart * Float.BYTES;
      float cos = table.get(F32, angle + (long) i * 8);
      float sin = table.get(F32, angle + (long) i * 8 + 4);
      float a = data.get(F32, first);
      float b = data.get(F32, second);
      data.set(F32, first, a * cos - b * sin);
      data.set(F32, second, a * sin + b * cos);
    }
  }

  @Override
  public void attend(Attention batch, int block, int kvHead) {
    attention.attend(batch, block, kvHead);
  }

  @Override
  public void sigmoidGate(Tensor x, Tensor gate, int row) {
    int width = copyGate(x, gate, row);
    System.arraycopy(other, 0, powers, 0, width);
    Arrays.fill(other, 0, width, 1f);
    writeGated(x, row, width);
  }

  @Override
  public void convolve(Recurrence batch, int row) {
    recurrence.convolve(batch, row);
  }

  @Override
  public void recur(Recurrence batch, int run, int head) {
    recurrence.recur(batch, run, head);
  }
}
