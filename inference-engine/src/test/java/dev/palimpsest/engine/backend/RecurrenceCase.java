package dev.palimpsest.engine.backend;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A sequence through a layer with a gated delta rule, cut into batches in any way. */
final class RecurrenceCase {
  private static final int SLOTS = 3;
  private static final int SLOT = 1;
  private static final float EPSILON = 1e-6f;

  private final DeltaHeads heads;
  private final int rows;
  private final Poisoned memory;
  private final Tensor input;
  private final Tensor taps;
  private final Tensor beta;
  private final Tensor decay;

  RecurrenceCase(Poisoned memory, DeltaHeads heads, int rows) {
    this.memory = memory;
    this.heads = heads;
    this.rows = rows;
    input = memory.random(DType.F32, rows, heads.mixedWidth());
    taps = memory.random(DType.F32, heads.taps(), heads.mixedWidth());
    beta = factors();
    decay = factors();
  }

  /** Numbers between 0 and 1. */
  private Tensor factors() {
    Tensor factors = memory.random(DType.F32, rows, heads.value());
    float[] values = Poisoned.floats(factors);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (1 / (1 + Math.exp(-values[i])));
    }
    factors.data().copyFrom(MemorySegment.ofArray(values));
    return factors;
  }

  /** What the rows find, with so many rows of the sequence in each batch. */
  float[] run(Kernels kernels, int chunk) {
    Tensor states = memory.random(DType.F32, SLOTS, stateFloats());
    states.rows(SLOT, 1).data().fill((byte) 0);
    float[] others = Poisoned.floats(states);
    float[] found = new float[rows * heads.valueWidth()];
    for (int from = 0; from < rows; from += chunk) {
      Tensor out = runBatch(kernels, states, from, Math.min(rows, from + chunk));
      float[] part = Poisoned.floats(out);
      System.arraycopy(part, 0, found, from * heads.valueWidth(), part.length);
    }
    requireOthersUntouched(others, Poisoned.floats(states));
    return found;
  }

  private Tensor runBatch(Kernels kernels, Tensor states, int from, int to) {
    int count = to - from;
    Tensor out = memory.empty(DType.F32, count, heads.valueWidth());
    Tensor mixed = memory.empty(DType.F32, count, heads.mixedWidth());
    Recurrence recurrence =
        new Recurrence(
            heads,
            new Recurrence.Activations(
                memory.copy(input.rows(from, count)),
                mixed,
                memory.copy(beta.rows(from, count)),
                memory.copy(decay.rows(from, count)),
                out),
            states.data(),
            states.rowBytes(),
            EPSILON);
    recurrence.taps(taps);
    recurrence.addRun(SLOT);
    for (int row = 0; row < count; row++) {
      recurrence.addRow();
    }
    for (int row = 0; row < count; row++) {
      kernels.convolve(recurrence, row);
    }
    recurrence.storeTail(0);
    for (int head = 0; head < heads.value(); head++) {
      kernels.recur(recurrence, 0, head);
    }
    return out;
  }

  private long stateFloats() {
    return heads.stateBytes() / Float.BYTES;
  }

  private void requireOthersUntouched(float[] before, float[] after) {
    int length = (int) stateFloats();
    if (Arrays.mismatch(before, 0, length, after, 0, length) >= 0
        || Arrays.mismatch(before, 2 * length, 3 * length, after, 2 * length, 3 * length) >= 0) {
      throw new AssertionError("the state of another sequence was changed");
    }
  }

  /** What the rows find by the definition, in double precision. */
  double[] expected() {
    double[] out = new double[rows * heads.valueWidth()];
    double[][] mixed = mixed();
    for (int head = 0; head < heads.value(); head++) {
      double[][] matrix = new double[heads.keyDim()][heads.valueDim()];
      int query = heads.keyOf(head) * heads.keyDim();
      int value = 2 * heads.keyWidth() + head * heads.valueDim();
      for (int row = 0; row < rows; row++) {
        double left = Poisoned.floats(decay)[row * heads.value() + head];
        double part = Poisoned.floats(beta)[row * heads.value() + head];
        for (int v = 0; v < heads.valueDim(); v++) {
          double found = 0;
          for (int k = 0; k < heads.keyDim(); k++) {
            matrix[k][v] *= left;
            found += matrix[k][v] * mixed[row][query + heads.keyWidth() + k];
          }
          for (int k = 0; k < heads.keyDim(); k++) {
            double change = part * (mixed[row][value + v] - found);
            matrix[k][v] += mixed[row][query + heads.keyWidth() + k] * change;
            out[row * heads.valueWidth() + head * heads.valueDim() + v] +=
                matrix[k][v] * mixed[row][query + k];
          }
        }
      }
    }
    return out;
  }

  private double[][] mixed() {
    float[] inputs = Poisoned.floats(input);
    float[] weights = Poisoned.floats(taps);
    int width = heads.mixedWidth();
    double[][] mixed = new double[rows][width];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < width; i++) {
        double sum = 0;
        for (int back = 0; back < heads.taps() && back <= row; back++) {
          double weight = weights[(heads.taps() - 1 - back) * width + i];
          sum += inputs[(row - back) * width + i] * weight;
        }
        mixed[row][i] = sum / (1 + Math.exp(-sum));
      }
      for (int head = 0; head < 2 * heads.key(); head++) {
        shorten(mixed[row], head * heads.keyDim(), head < heads.key());
      }
    }
    return mixed;
  }

  private void shorten(double[] row, int start, boolean isQuery) {
    double sum = 0;
    for (int i = start; i < start + heads.keyDim(); i++) {
      sum += row[i] * row[i];
    }
    double divisor = Math.sqrt(sum) * (isQuery ? Math.sqrt(heads.keyDim()) : 1);
    for (int i = start; i < start + heads.keyDim(); i++) {
      row[i] /= divisor;
    }
  }
}
