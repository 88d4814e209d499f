package dev.palimpsest.engine.model;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * Queries of some tokens of a sequence in all layers with attention: what a compaction is fitted
 * to. Of more tokens than there is room for every one has the same chance to be among them
 * (reservoir sampling, Vitter 1985, algorithm R); which ones depends on the seed and the order of
 * the tokens only. Takes {@code rowsMax · layers · heads · dim · 4} bytes of heap at once. Tokens
 * are announced by the engine thread through {@link Batch#sampleOfLast}, their queries copied by
 * compute threads, and all read when no pass is under way.
 */
public final class QuerySample {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private final Heads heads;
  private final float[][] queries;
  private final int[] positions;
  private final SplittableRandom random;
  private long seen;

  /**
   * @param layers layers with attention
   * @param rowsMax tokens that are kept at most
   */
  public QuerySample(int layers, Heads heads, int rowsMax, long seed) {
    if (layers < 1 || rowsMax < 1) {
      throw new IllegalArgumentException("no sample of " + rowsMax + " rows, " + layers);
    }
    this.heads = heads;
    queries = new float[layers][Math.multiplyExact(rowsMax, heads.queryWidth())];
    positions = new int[rowsMax];
    random = new SplittableRandom(seed);
  }

  /** Announces a token; returns its place, negative where it is passed over. */
  int take(int position) {
    seen++;
    long place = seen <= positions.length ? seen - 1 : random.nextLong(seen);
    if (place >= positions.length) {
      return -1;
    }
    positions[(int) place] = position;
    return (int) place;
  }

  /**
   * Copies the queries of a token in one layer.
   *
   * @param scale what the products with keys are to be multiplied with; multiplied in here
   */
  void put(int place, int layer, Tensor from, int row, float scale) {
    int width = heads.queryWidth();
    float[] to = queries[layer];
    MemorySegment.copy(from.data(), F32, row * from.rowBytes(), to, place * width, width);
    for (int i = place * width; i < (place + 1) * width; i++) {
      to[i] *= scale;
    }
  }

  /** Tokens that are kept. */
  public int rows() {
    return (int) Math.min(seen, positions.length);
  }

  /** Tokens that came. */
  public long seen() {
    return seen;
  }

  /**
   * The queries of all heads that share a key/value head, scaled, {@code [rows · group, dim]}: the
   * heads of a token follow one another.
   */
  public float[] queries(int layer, int kvHead) {
    int dim = heads.dim();
    int length = heads.group() * dim;
    float[] all = new float[rows() * length];
    for (int row = 0; row < rows(); row++) {
      int from = row * heads.queryWidth() + kvHead * length;
      System.arraycopy(queries[layer], from, all, row * length, length);
    }
    return all;
  }

  /** The position of each row of {@link #queries}. */
  public int[] positions() {
    int[] all = new int[rows() * heads.group()];
    for (int i = 0; i < all.length; i++) {
      all[i] = positions[i / heads.group()];
    }
    return all;
  }

  /** A copy that does not change when the sequence goes on. */
  public QuerySample copy() {
    QuerySample copy = new QuerySample(queries.length, heads, positions.length, 0);
    for (int layer = 0; layer < queries.length; layer++) {
      System.arraycopy(queries[layer], 0, copy.queries[layer], 0, queries[layer].length);
    }
    System.arraycopy(positions, 0, copy.positions, 0, positions.length);
    copy.seen = seen;
    return copy;
  }
}
