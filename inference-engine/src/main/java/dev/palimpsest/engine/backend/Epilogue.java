package dev.palimpsest.engine.backend;

import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The walk over the logits that follows the output matrix: of each row the log-sum-exp, the entropy
 * and the {@link #TOP} largest logits, all from one reading, in tiles that the compute threads
 * share. The tiles depend on the vocabulary alone and are put together in their order, so that a
 * row's numbers do not depend on the threads or on the other rows. Made once; {@link Backend#run}
 * fills it, one thread reads it afterwards.
 */
public final class Epilogue implements Work {
  /** How many of the largest logits of a row are found at least. */
  public static final int TOP = 64;

  private static final int TILE = 4096;
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Tensor logits;
  private final int vocabulary;
  private final int tiles;

  /** By row and tile: the largest logit, Σ e^(x−max) and Σ (x−max)·e^(x−max). */
  private final float[] greatest;

  private final double[] sums;
  private final double[] weighted;

  /** By row and tile, {@link #TOP} places each: a heap whose root is the least of those found. */
  private final int[] topIds;

  private final float[] topLogits;

  /**
   * @param logits F32 {@code [rows, vocabulary]}
   */
  public Epilogue(Tensor logits) {
    this.logits = logits;
    vocabulary = Math.toIntExact(logits.shape().columns());
    tiles = Math.ceilDiv(vocabulary, TILE);
    int cells = Math.multiplyExact(Math.toIntExact(logits.shape().rows()), tiles);
    greatest = new float[cells];
    sums = new double[cells];
    weighted = new double[cells];
    topIds = new int[Math.multiplyExact(cells, TOP)];
    topLogits = new float[topIds.length];
  }

  /** Units of work for the first {@code rows} rows. */
  public int units(int rows) {
    return rows * tiles;
  }

  /** Logits in a row. */
  public int vocabulary() {
    return vocabulary;
  }

  /** One logit; what is no finite number is one that orders the same way, NaN the least. */
  public float logit(int row, int id) {
    return finite(logits.data().get(F32, ((long) row * vocabulary + id) * Float.BYTES));
  }

  private static float finite(float logit) {
    return Float.isNaN(logit)
        ? -Float.MAX_VALUE
        : Math.clamp(logit, -Float.MAX_VALUE, Float.MAX_VALUE);
  }

  @Override
  public void run(int unit, Kernels kernels) {
    int tile = unit % tiles;
    int from = tile * TILE;
    int to = Math.min(vocabulary, from + TILE);
    long start = (long) (unit / tiles) * vocabulary * Float.BYTES;
    MemorySegment data = logits.data();
    float max = -Float.MAX_VALUE;
    for (int id = from; id < to; id++) {
      max = Math.max(max, finite(data.get(F32, start + (long) id * Float.BYTES)));
    }
    double sum = 0;
    double weight = 0;
    int found = 0;
    int base = unit * TOP;
    for (int id = from; id < to; id++) {
      // The tile is in the cache: memory is read once.
      float logit = finite(data.get(F32, start + (long) id * Float.BYTES));
      double distance = (double) logit - max;
      double share = Math.exp(distance);
      sum += share;
      weight += share * distance;
      if (found < TOP) {
        rise(base, found++, id, logit);
      } else if (logit > topLogits[base]) {
        sink(base, id, logit);
      }
    }
    greatest[unit] = max;
    sums[unit] = sum;
    weighted[unit] = weight;
  }

  /** Puts a new element into the heap of a tile that has room. */
  private void rise(int base, int size, int id, float logit) {
    int node = size;
    while (node > 0 && isLess(logit, id, base + (node - 1) / 2)) {
      move(base + (node - 1) / 2, base + node);
      node = (node - 1) / 2;
    }
    topIds[base + node] = id;
    topLogits[base + node] = logit;
  }

  /** Puts a new element into a full heap in place of the least. */
  private void sink(int base, int id, float logit) {
    int node = 0;
    int child = 1;
    while (child < TOP) {
      if (child + 1 < TOP
          && isLess(topLogits[base + child + 1], topIds[base + child + 1], base + child)) {
        child++;
      }
      if (!isLess(topLogits[base + child], topIds[base + child], logit, id)) {
        break;
      }
      move(base + child, base + node);
      node = child;
      child = 2 * node + 1;
    }
    topIds[base + node] = id;
    topLogits[base + node] = logit;
  }

  private void move(int from, int to) {
    topIds[to] = topIds[from];
    topLogits[to] = topLogits[from];
  }

  private boolean isLess(float logit, int id, int place) {
    return isLess(logit, id, topLogits[place], topIds[place]);
  }

  private static boolean isLess(float logit, int id, float than, int thanId) {
    return logit < than || (logit == than && id > thanId);
  }

  /** What is known of all logits of a row together. */
  public RowStatistics statistics(int row) {
    float max = -Float.MAX_VALUE;
    for (int tile = 0; tile < tiles; tile++) {
      max = Math.max(max, greatest[row * tiles + tile]);
    }
    double sum = 0;
    double weight = 0;
    for (int tile = 0; tile < tiles; tile++) {
      int cell = row * tiles + tile;
      double shift = (double) greatest[cell] - max;
      double scale = Math.exp(shift);
      sum += scale * sums[cell];
      weight += scale * (weighted[cell] + shift * sums[cell]);
    }
    return new RowStatistics(max, sum, weight);
  }

  /** How many places {@link #topId} and {@link #topLogit} have: among them the largest logits. */
  public int topPlaces() {
    return (tiles - 1) * TOP + Math.min(TOP, vocabulary - (tiles - 1) * TILE);
  }

  /** The id at a place, in no order. */
  public int topId(int row, int place) {
    return topIds[row * tiles * TOP + place];
  }

  /** The logit at a place, in no order. */
  public float topLogit(int row, int place) {
    return topLogits[row * tiles * TOP + place];
  }
}
