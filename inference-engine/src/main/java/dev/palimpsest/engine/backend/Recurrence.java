package dev.palimpsest.engine.backend;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What a layer with a gated delta rule reads and writes, for one batch. Made once for a forward
 * pass; the runs of rows are added before the pass, {@link #layerOffset} and {@link #taps} are
 * moved on from layer to layer, always while no compute thread is in it.
 *
 * <p>A run is what a batch has of one sequence, in the order of the positions. Its state is a slot
 * of a slab; at a layer's offset lies the convolution's tail, F32 {@code [taps − 1, mixedWidth]},
 * the oldest input first, then for each value head a matrix F32 {@code [keyDim, valueDim]}.
 */
public final class Recurrence {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private final DeltaHeads heads;
  private final Activations activations;
  private final MemorySegment slab;
  private final long slotBytes;
  private final float epsilon;
  private final int[] runOfRow;
  private final int[] firstRow;
  private final int[] slotOfRun;
  private int rows;
  private int runs;
  private long layerOffset;
  private Tensor taps;

  /**
   * The activations of a batch, all F32.
   *
   * @param input queries, keys and values before the convolution, {@code [rowsMax, mixedWidth]}
   * @param mixed the same after it
   * @param beta how much of a value replaces what its key finds, {@code [rowsMax, heads.value]}
   * @param decay what the matrices are multiplied with, {@code [rowsMax, heads.value]}
   * @param out what the queries find, {@code [rowsMax, valueWidth]}
   */
  public record Activations(Tensor input, Tensor mixed, Tensor beta, Tensor decay, Tensor out) {}

  /**
   * @param slab the states, borrowed from their pool for as long as this object is used
   * @param slotBytes bytes from one state to the next
   * @param epsilon the least length by which queries and keys are divided
   */
  public Recurrence(
      DeltaHeads heads,
      Activations activations,
      MemorySegment slab,
      long slotBytes,
      float epsilon) {
    this.heads = heads;
    this.activations = activations;
    this.slab = slab;
    this.slotBytes = slotBytes;
    this.epsilon = epsilon;
    int rowsMax = (int) activations.input().shape().rows();
    runOfRow = new int[rowsMax];
    firstRow = new int[rowsMax + 1];
    slotOfRun = new int[rowsMax];
    taps = activations.input();
  }

  /** Forgets all rows. */
  public void clear() {
    rows = 0;
    runs = 0;
  }

  /** Begins a run: the rows that follow are of the sequence whose state is in this slot. */
  public void addRun(int slot) {
    slotOfRun[runs++] = slot;
  }

  /** Appends a row to the last run. */
  public void addRow() {
    runOfRow[rows++] = runs - 1;
    firstRow[runs] = rows;
  }

  /** Chooses the layer by the offset of its data inside a slot, in bytes. */
  public void layerOffset(long bytes) {
    layerOffset = bytes;
  }

  /**
   * Chooses the layer's convolution.
   *
   * @param weights F32 {@code [taps, mixedWidth]}, that of the token itself last
   */
  public void taps(Tensor weights) {
    taps = weights;
  }

  /** Counts and widths of the heads. */
  public DeltaHeads heads() {
    return heads;
  }

  /** The activations. */
  public Activations activations() {
    return activations;
  }

  /** The weights of the convolution, F32 {@code [taps, mixedWidth]}. */
  public Tensor taps() {
    return taps;
  }

  /** The least length by which queries and keys are divided. */
  public float epsilon() {
    return epsilon;
  }

  /** The memory in which {@link #matrixOffset} points. */
  public MemorySegment slab() {
    return slab;
  }

  /** Number of runs. */
  public int runs() {
    return runs;
  }

  /** The first row of a run. */
  public int firstRow(int run) {
    return run == 0 ? 0 : firstRow[run];
  }

  /** The row behind the last one of a run. */
  public int endRow(int run) {
    return firstRow[run + 1];
  }

  /** Where in the slab the matrix of a value head begins, in bytes. */
  public long matrixOffset(int run, int head) {
    return tailOffset(run) + heads.tailBytes() + head * heads.matrixBytes();
  }

  private long tailOffset(int run) {
    return slotOfRun[run] * slotBytes + layerOffset;
  }

  /** The memory in which the convolution of a row finds the input of so many tokens before it. */
  public MemorySegment source(int row, int before) {
    int run = runOfRow[row];
    return row - before >= firstRow(run) ? activations.input().data() : slab;
  }

  /** Where in {@link #source} that input begins, in bytes. */
  public long sourceOffset(int row, int before) {
    int run = runOfRow[row];
    long rowBytes = (long) heads.mixedWidth() * Float.BYTES;
    int past = row - before - firstRow(run);
    return past >= 0
        ? (row - before) * rowBytes
        : tailOffset(run) + (heads.taps() - 1 + past) * rowBytes;
  }

  /** Keeps a run's last inputs for the next batch, once all its rows are convolved. */
  public void storeTail(int run) {
    long rowBytes = (long) heads.mixedWidth() * Float.BYTES;
    int last = endRow(run) - 1;
    for (int i = 0; i < heads.taps() - 1; i++) {
      // Ascending, because what stays of the tail moves forward in it.
      int before = heads.taps() - 2 - i;
      MemorySegment.copy(
          source(last, before),
          sourceOffset(last, before),
          slab,
          tailOffset(run) + i * rowBytes,
          rowBytes);
    }
  }

  /** The factor of an F32 activation {@code [rowsMax, heads.value]} for a row and a head. */
  public float factor(Tensor of, int row, int head) {
    return of.data().get(F32, ((long) row * heads.value() + head) * Float.BYTES);
  }
}
