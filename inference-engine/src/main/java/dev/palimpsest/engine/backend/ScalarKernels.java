package dev.palimpsest.engine.backend;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.palimpsest.engine.backend.block.RowDecoder;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The reference: every operation as the plainest loop. Sums run over ascending indices in f32, each
 * product rounded before it is added. All other kernels are compared with these.
 */
public final class ScalarKernels implements Kernels {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private static final double NORMAL_MAX = 8;

  private final RowDecoder rows = new RowDecoder();
  private final ScalarAttention attention = new ScalarAttention();
  private float[] widened = new float[0];
  private float[] change = new float[0];

  @Override
  public void multiply(Tensor weights, Tensor x, Tensor out, int tokens, int rowFrom, int rowTo) {
    int columns = columns(weights);
    long outWidth = out.shape().columns();
    for (int row = rowFrom; row < rowTo; row++) {
      widen(weights, row);
      for (int token = 0; token < tokens; token++) {
        set(out.data(), token * outWidth + row, dot(x.data(), (long) token * columns, columns));
      }
    }
  }

  @Override
  public void decode(Tensor weights, int row, Tensor out, int outRow) {
    int columns = columns(weights);
    widen(weights, row);
    for (int k = 0; k < columns; k++) {
      set(out.data(), (long) outRow * columns + k, widened[k]);
    }
  }

  @Override
  public void rmsNorm(Tensor x, Tensor weight, Tensor out, int row, float epsilon) {
    int width = columns(weight);
    long start = (long) row * width;
    float sum = 0;
    for (int i = 0; i < width; i++) {
      float v = get(x.data(), start + i);
      sum += v * v;
    }
    float scale = (float) (1 / Math.sqrt(sum / width + epsilon));
    for (int i = 0; i < width; i++) {
      set(out.data(), start + i, get(x.data(), start + i) * scale * get(weight.data(), i));
    }
  }

  @Override
  public void layerNorm(Tensor x, Tensor weight, Tensor bias, Tensor out, int row, float epsilon) {
    int width = columns(weight);
    long start = (long) row * width;
    float sum = 0;
    for (int i = 0; i < width; i++) {
      sum += get(x.data(), start + i);
    }
    float mean = sum / width;
    float squares = 0;
    for (int i = 0; i < width; i++) {
      float v = get(x.data(), start + i) - mean;
      squares += v * v;
    }
    float scale = (float) (1 / Math.sqrt(squares / width + epsilon));
    for (int i = 0; i < width; i++) {
      float v = (get(x.data(), start + i) - mean) * scale;
      set(out.data(), start + i, v * get(weight.data(), i) + get(bias.data(), i));
    }
  }

  @Override
  public void add(Tensor x, Tensor y, int row) {
    long width = x.shape().columns();
    for (long i = row * width; i < (row + 1) * width; i++) {
      set(x.data(), i, get(x.data(), i) + get(y.data(), i));
    }
  }

  @Override
  public void addScaled(Tensor x, int row, Tensor y, int yRow, float factor) {
    long width = x.shape().columns();
    for (long i = 0; i < width; i++) {
      float added = factor * get(y.data(), yRow * width + i);
      set(x.data(), row * width + i, get(x.data(), row * width + i) + added);
    }
  }

  @Override
  public void swiGlu(Tensor gate, Tensor up, int row) {
    long width = gate.shape().columns();
    for (long i = row * width; i < (row + 1) * width; i++) {
      float g = get(gate.data(), i);
      set(gate.data(), i, g / (1 + (float) Math.exp(-g)) * get(up.data(), i));
    }
  }

  @Override
  public void geGlu(Tensor gate, Tensor up, int row) {
    long width = gate.shape().columns();
    for (long i = row * width; i < (row + 1) * width; i++) {
      float g = get(gate.data(), i);
      double exponent = -2 * Math.sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g);
      set(gate.data(), i, g / (1 + (float) Math.exp(exponent)) * get(up.data(), i));
    }
  }

  @Override
  public void gelu(Tensor x, int row) {
    long width = x.shape().columns();
    for (long i = row * width; i < (row + 1) * width; i++) {
      float v = get(x.data(), i);
      set(x.data(), i, (float) (v * normalBelow(v)));
    }
  }

  /**
   * The normal distribution function, by the series of Marsaglia (2004) around zero, whose terms
   * all have the argument's sign; beyond its range nothing is left of a single float.
   */
  private static double normalBelow(double x) {
    if (Math.abs(x) > NORMAL_MAX) {
      return x > 0 ? 1 : 0;
    }
    double term = x;
    double sum = x;
    for (int n = 3; sum + term != sum; n += 2) {
      term *= x * x / n;
      sum += term;
    }
    return 0.5 + sum * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  }

  @Override
  public void scale(Tensor x, int row, float factor) {
    long width = x.shape().columns();
    for (long i = row * width; i < (row + 1) * width; i++) {
      set(x.data(), i, get(x.data(), i) * factor);
    }
  }

  @Override
  public void rotate(Tensor x, int row, Rotation rotation, int position) {
    int pairs = rotation.rotated() / 2;
    long start = (long) row * rotation.headDim();
    long table = (long) position * rotation.rotated();
    for (int i = 0; i < pairs; i++) {
      long first = start + (rotation.isHalfSplit() ? i : 2 * i);
      long second = first + (rotation.isHalfSplit() ? pairs : 1);
      float cos = get(rotation.table().data(), table + 2L * i);
      float sin = get(rotation.table().data(), table + 2L * i + 1);
      float a = get(x.data(), first);
      float b = get(x.data(), second);
      set(x.data(), first, a * cos - b * sin);
      set(x.data(), second, a * sin + b * cos);
    }
  }

  @Override
  public void attend(Attention batch, int block, int kvHead) {
    attention.attend(batch, block, kvHead);
  }

  @Override
  public void sigmoidGate(Tensor x, Tensor gate, int row) {
    long width = x.shape().columns();
    for (long i = row * width; i < (row + 1) * width; i++) {
      set(x.data(), i, get(x.data(), i) / (1 + (float) Math.exp(-get(gate.data(), i))));
    }
  }

  @Override
  public void convolve(Recurrence recurrence, int row) {
    DeltaHeads heads = recurrence.heads();
    int width = heads.mixedWidth();
    MemorySegment mixed = recurrence.activations().mixed().data();
    for (int i = 0; i < width; i++) {
      float sum = 0;
      for (int tap = 0; tap < heads.taps(); tap++) {
        int before = heads.taps() - 1 - tap;
        long at = recurrence.sourceOffset(row, before) / Float.BYTES + i;
        sum +=
            get(recurrence.source(row, before), at)
                * get(recurrence.taps().data(), (long) tap * width + i);
      }
      set(mixed, (long) row * width + i, sum / (1 + (float) Math.exp(-sum)));
    }
    double root = Math.sqrt(heads.keyDim());
    for (int head = 0; head < heads.key(); head++) {
      long query = (long) row * width + (long) head * heads.keyDim();
      shorten(mixed, query, heads.keyDim(), root, recurrence.epsilon());
      shorten(mixed, query + heads.keyWidth(), heads.keyDim(), 1, recurrence.epsilon());
    }
  }

  /** Divides a vector by its length, and by a divisor. */
  private static void shorten(
      MemorySegment data, long start, int length, double divisor, float epsilon) {
    float sum = 0;
    for (int i = 0; i < length; i++) {
      float v = get(data, start + i);
      sum += v * v;
    }
    float scale = (float) (1 / (Math.max(Math.sqrt(sum), epsilon) * divisor));
    for (int i = 0; i < length; i++) {
      set(data, start + i, get(data, start + i) * scale);
    }
  }

  @Override
  public void recur(Recurrence recurrence, int run, int head) {
    DeltaHeads heads = recurrence.heads();
    MemorySegment slab = recurrence.slab();
    MemorySegment mixed = recurrence.activations().mixed().data();
    MemorySegment out = recurrence.activations().out().data();
    long matrix = recurrence.matrixOffset(run, head) / Float.BYTES;
    for (int row = recurrence.firstRow(run); row < recurrence.endRow(run); row++) {
      long query = (long) row * heads.mixedWidth() + (long) heads.keyOf(head) * heads.keyDim();
      long key = query + heads.keyWidth();
      long value =
          (long) row * heads.mixedWidth() + 2L * heads.keyWidth() + (long) head * heads.valueDim();
      decay(recurrence, row, head, matrix);
      replace(recurrence, row, head, matrix, key, value);
      for (int v = 0; v < heads.valueDim(); v++) {
        float sum = 0;
        for (int k = 0; k < heads.keyDim(); k++) {
          sum += get(slab, matrix + (long) k * heads.valueDim() + v) * get(mixed, query + k);
        }
        set(out, (long) row * heads.valueWidth() + (long) head * heads.valueDim() + v, sum);
      }
    }
  }

  private static void decay(Recurrence recurrence, int row, int head, long matrix) {
    float decay = recurrence.factor(recurrence.activations().decay(), row, head);
    long elements = recurrence.heads().matrixBytes() / Float.BYTES;
    for (long i = matrix; i < matrix + elements; i++) {
      set(recurrence.slab(), i, get(recurrence.slab(), i) * decay);
    }
  }

  /** Moves what a key finds in the matrix towards a value. */
  private void replace(
      Recurrence recurrence, int row, int head, long matrix, long key, long value) {
    MemorySegment slab = recurrence.slab();
    MemorySegment mixed = recurrence.activations().mixed().data();
    int keyDim = recurrence.heads().keyDim();
    int valueDim = recurrence.heads().valueDim();
    float beta = recurrence.factor(recurrence.activations().beta(), row, head);
    if (change.length < valueDim) {
      change = new float[valueDim];
    }
    for (int v = 0; v < valueDim; v++) {
      float found = 0;
      for (int k = 0; k < keyDim; k++) {
        found += get(slab, matrix + (long) k * valueDim + v) * get(mixed, key + k);
      }
      change[v] = beta * (get(mixed, value + v) - found);
    }
    for (int k = 0; k < keyDim; k++) {
      for (int v = 0; v < valueDim; v++) {
        long at = matrix + (long) k * valueDim + v;
        set(slab, at, get(slab, at) + get(mixed, key + k) * change[v]);
      }
    }
  }

  /** Fills {@link #widened} with a row of weights. */
  private void widen(Tensor weights, int row) {
    int columns = columns(weights);
    if (widened.length < columns) {
      widened = new float[columns];
    }
    rows.decode(weights, row, widened, 0);
  }

  private float dot(MemorySegment x, long start, int columns) {
    float sum = 0;
    for (int k = 0; k < columns; k++) {
      sum += widened[k] * get(x, start + k);
    }
    return sum;
  }

  private static int columns(Tensor tensor) {
    return Math.toIntExact(tensor.shape().columns());
  }

  private static float get(MemorySegment data, long index) {
    return data.get(F32, index * Float.BYTES);
  }

  private static void set(MemorySegment data, long index, float value) {
    data.set(F32, index * Float.BYTES, value);
  }
}
