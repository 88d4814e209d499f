package dev.palimpsest.engine.backend.vector;

import static dev.palimpsest.engine.backend.vector.Lanes.F;
import static dev.palimpsest.engine.backend.vector.Lanes.F32;
import static dev.palimpsest.engine.backend.vector.Lanes.L;
import static dev.palimpsest.engine.backend.vector.Lanes.load;
import static dev.palimpsest.engine.backend.vector.Lanes.store;

import dev.palimpsest.engine.backend.DeltaHeads;
import dev.palimpsest.engine.backend.Recurrence;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The gated delta rule. The columns of a head's matrix do not know of each other, so a vector's
 * width of them is taken at a time, through all rows of the run: as many floats as stay in the
 * first cache, and no horizontal sums.
 */
final class VectorRecurrence {
  // Vectors are handed on in arrays: a call that the compiler does not inline would box them.
  private float[] line = new float[0];
  private float[] powers = new float[0];
  private float[] query = new float[0];
  private float[] key = new float[0];
  private float[] columns = new float[0];
  private final float[] value = new float[L];
  private final float[] lanes = new float[L];

  void convolve(Recurrence batch, int row) {
    int width = batch.heads().mixedWidth();
    reserve(width, batch.heads().keyDim());
    sumTaps(batch, row, width);
    System.arraycopy(line, 0, powers, 0, width);
    Lanes.exp(powers, width, -1, 0);
    for (int i = 0; i < width; i += L) {
      FloatVector divisor = FloatVector.fromArray(F, powers, i).add(1f);
      FloatVector.fromArray(F, line, i).div(divisor).intoArray(line, i);
    }
    shortenHeads(batch);
    MemorySegment mixed = batch.activations().mixed().data();
    MemorySegment.copy(line, 0, mixed, F32, (long) row * width * Float.BYTES, width);
  }

  private void reserve(int width, int keyDim) {
    if (line.length < width + L) {
      line = new float[width + L];
      powers = new float[width + L];
    }
    if (key.length < keyDim) {
      key = new float[keyDim];
      query = new float[keyDim];
      columns = new float[keyDim * L];
    }
  }

  private void sumTaps(Recurrence batch, int row, int width) {
    MemorySegment weights = batch.taps().data();
    int whole = F.loopBound(width);
    VectorMask<Float> tail = F.indexInRange(whole, width);
    int taps = batch.heads().taps();
    for (int tap = 0; tap < taps; tap++) {
      MemorySegment source = batch.source(row, taps - 1 - tap);
      long from = batch.sourceOffset(row, taps - 1 - tap);
      long weight = (long) tap * width * Float.BYTES;
      for (int i = 0; i < whole; i += L) {
        long at = (long) i * Float.BYTES;
        FloatVector sum = tap == 0 ? FloatVector.zero(F) : FloatVector.fromArray(F, line, i);
        load(source, from + at).fma(load(weights, weight + at), sum).intoArray(line, i);
      }
      if (whole < width) {
        long at = (long) whole * Float.BYTES;
        FloatVector sum = tap == 0 ? FloatVector.zero(F) : FloatVector.fromArray(F, line, whole);
        FloatVector input = load(source, from + at, tail);
        input.fma(load(weights, weight + at, tail), sum).intoArray(line, whole);
      }
    }
  }

  /** Queries and keys become unit vectors, and queries are divided by the root of their width. */
  private void shortenHeads(Recurrence batch) {
    DeltaHeads heads = batch.heads();
    double root = Math.sqrt(heads.keyDim());
    for (int head = 0; head < 2 * heads.key(); head++) {
      int start = head * heads.keyDim();
      double length = Math.max(Math.sqrt(sumOfSquares(start, heads.keyDim())), batch.epsilon());
      float scale = (float) (1 / (length * (head < heads.key() ? root : 1)));
      for (int i = start; i < start + heads.keyDim(); i++) {
        line[i] *= scale;
      }
    }
  }

  private float sumOfSquares(int start, int length) {
    FloatVector sum = FloatVector.zero(F);
    int whole = F.loopBound(length);
    for (int i = 0; i < whole; i += L) {
      FloatVector v = FloatVector.fromArray(F, line, start + i);
      sum = v.fma(v, sum);
    }
    if (whole < length) {
      VectorMask<Float> tail = F.indexInRange(whole, length);
      FloatVector v = FloatVector.fromArray(F, line, start + whole, tail);
      sum = v.fma(v, sum);
    }
    sum.intoArray(lanes, 0);
    return Lanes.sum(lanes, 0);
  }

  void recur(Recurrence batch, int run, int head) {
    DeltaHeads heads = batch.heads();
    reserve(heads.mixedWidth(), heads.keyDim());
    for (int column = 0; column < heads.valueDim(); column += L) {
      int width = Math.min(L, heads.valueDim() - column);
      long matrix = batch.matrixOffset(run, head) + (long) column * Float.BYTES;
      if (width == L) {
        loadColumns(batch.slab(), matrix, heads);
      } else {
        loadLastColumns(batch.slab(), matrix, heads, width);
      }
      for (int row = batch.firstRow(run); row < batch.endRow(run); row++) {
        step(batch, row, head, column, width);
      }
      if (width == L) {
        storeColumns(batch.slab(), matrix, heads);
      } else {
        storeLastColumns(batch.slab(), matrix, heads, width);
      }
    }
  }

  private void loadColumns(MemorySegment slab, long matrix, DeltaHeads heads) {
    float[] m = columns;
    long rowBytes = (long) heads.valueDim() * Float.BYTES;
    for (int k = 0; k < heads.keyDim(); k++) {
      load(slab, matrix + k * rowBytes).intoArray(m, k * L);
    }
  }

  private void storeColumns(MemorySegment slab, long matrix, DeltaHeads heads) {
    float[] m = columns;
    long rowBytes = (long) heads.valueDim() * Float.BYTES;
    for (int k = 0; k < heads.keyDim(); k++) {
      store(FloatVector.fromArray(F, m, k * L), slab, matrix + k * rowBytes);
    }
  }

  /** Fewer than a vector; what is in the other lanes is computed too, and left there. */
  private void loadLastColumns(MemorySegment slab, long matrix, DeltaHeads heads, int width) {
    long rowBytes = (long) heads.valueDim() * Float.BYTES;
    for (int k = 0; k < heads.keyDim(); k++) {
      MemorySegment.copy(slab, F32, matrix + k * rowBytes, columns, k * L, width);
    }
  }

  private void storeLastColumns(MemorySegment slab, long matrix, DeltaHeads heads, int width) {
    long rowBytes = (long) heads.valueDim() * Float.BYTES;
    for (int k = 0; k < heads.keyDim(); k++) {
      MemorySegment.copy(columns, k * L, slab, F32, matrix + k * rowBytes, width);
    }
  }

  private void step(Recurrence batch, int row, int head, int column, int width) {
    DeltaHeads heads = batch.heads();
    MemorySegment mixed = batch.activations().mixed().data();
    long start = (long) row * heads.mixedWidth();
    long first = start + (long) heads.keyOf(head) * heads.keyDim();
    MemorySegment.copy(mixed, F32, first * Float.BYTES, query, 0, heads.keyDim());
    long second = first + heads.keyWidth();
    MemorySegment.copy(mixed, F32, second * Float.BYTES, key, 0, heads.keyDim());
    long of = (long) head * heads.valueDim() + column;
    long third = start + 2L * heads.keyWidth() + of;
    MemorySegment.copy(mixed, F32, third * Float.BYTES, value, 0, width);
    float decay = batch.factor(batch.activations().decay(), row, head);
    find(heads.keyDim(), decay, batch.factor(batch.activations().beta(), row, head));
    change(heads.keyDim(), decay);
    long to = ((long) row * heads.valueWidth() + of) * Float.BYTES;
    MemorySegment.copy(lanes, 0, batch.activations().out().data(), F32, to, width);
  }

  /**
   * Fills {@link #lanes} with what is to be added for the key, by what it finds in the columns.
   * Four partial sums, so that additions overlap.
   */
  private void find(int keyDim, float decay, float beta) {
    float[] m = columns;
    float[] by = key;
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    int k = 0;
    for (; k + 4 <= keyDim; k += 4) {
      a0 = FloatVector.fromArray(F, m, k * L).fma(FloatVector.broadcast(F, by[k]), a0);
      a1 = FloatVector.fromArray(F, m, (k + 1) * L).fma(FloatVector.broadcast(F, by[k + 1]), a1);
      a2 = FloatVector.fromArray(F, m, (k + 2) * L).fma(FloatVector.broadcast(F, by[k + 2]), a2);
      a3 = FloatVector.fromArray(F, m, (k + 3) * L).fma(FloatVector.broadcast(F, by[k + 3]), a3);
    }
    for (; k < keyDim; k++) {
      a0 = FloatVector.fromArray(F, m, k * L).fma(FloatVector.broadcast(F, by[k]), a0);
    }
    FloatVector found = a0.add(a1).add(a2.add(a3)).mul(decay);
    FloatVector.fromArray(F, value, 0).sub(found).mul(beta).intoArray(lanes, 0);
  }

  /**
   * Lets the columns decay and adds the change in {@link #lanes}, then fills these with what the
   * query finds.
   */
  private void change(int keyDim, float decay) {
    float[] m = columns;
    float[] by = key;
    float[] asked = query;
    FloatVector change = FloatVector.fromArray(F, lanes, 0);
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    int k = 0;
    for (; k + 2 <= keyDim; k += 2) {
      FloatVector m0 = FloatVector.fromArray(F, m, k * L).mul(decay);
      FloatVector m1 = FloatVector.fromArray(F, m, (k + 1) * L).mul(decay);
      m0 = change.fma(FloatVector.broadcast(F, by[k]), m0);
      m1 = change.fma(FloatVector.broadcast(F, by[k + 1]), m1);
      m0.intoArray(m, k * L);
      m1.intoArray(m, (k + 1) * L);
      a0 = m0.fma(FloatVector.broadcast(F, asked[k]), a0);
      a1 = m1.fma(FloatVector.broadcast(F, asked[k + 1]), a1);
    }
    for (; k < keyDim; k++) {
      FloatVector m0 = FloatVector.fromArray(F, m, k * L).mul(decay);
      m0 = change.fma(FloatVector.broadcast(F, by[k]), m0);
      m0.intoArray(m, k * L);
      a0 = m0.fma(FloatVector.broadcast(F, asked[k]), a0);
    }
    a0.add(a1).intoArray(lanes, 0);
  }
}
