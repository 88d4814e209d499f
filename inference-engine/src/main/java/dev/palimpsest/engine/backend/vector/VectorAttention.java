package dev.palimpsest.engine.backend.vector;

import static dev.palimpsest.engine.backend.vector.Lanes.F;
import static dev.palimpsest.engine.backend.vector.Lanes.F32;
import static dev.palimpsest.engine.backend.vector.Lanes.L;
import static dev.palimpsest.engine.backend.vector.Lanes.load;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.KvBlock;
import dev.palimpsest.engine.backend.Tiles;
import dev.palimpsest.engine.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Attention over tiles and pages: of a block of rows page after page, each for all rows and query
 * heads that see it. Keys lie transposed, so that a vector holds the scores of neighbouring tokens
 * and no horizontal sums are needed.
 */
final class VectorAttention {
  private static final int PAGE = Attention.PAGE_TOKENS;
  private static final int KEY_STRIDE_BYTES = PAGE * Float.BYTES;

  /** From so many query heads on that read a page it is widened for all of them at once. */
  private static final int WIDENED_FROM = 3;

  private final SegmentAllocator scratch;
  private final float[] scores = new float[PAGE];
  private final float[] single = new float[L];
  private final float[] biases = new float[PAGE];
  private float[][] queries = {};
  private float[][] results = {};
  private float[] maxima = {};
  private float[] totals = {};
  private MemorySegment widened = MemorySegment.NULL;

  // The head of a row that is worked on, of which there are rows times group.
  private float[] query = {};
  private float[] result = {};
  private float largest;
  private float gathered;

  // The page that is read: in the slab, or widened.
  private MemorySegment page = MemorySegment.NULL;
  private long keys;
  private long values;
  private boolean isNarrow;

  VectorAttention(SegmentAllocator scratch) {
    this.scratch = scratch;
  }

  void attend(Attention batch, int block, int kvHead) {
    int first = batch.firstRow(block);
    int end = batch.endRow(block);
    int heads = (end - first) * batch.heads().group();
    prepare(heads, batch.heads().dim());
    for (int i = 0; i < heads; i++) {
      begin(batch, first, kvHead, i);
    }
    int pagesEnd = Math.ceilDiv(batch.tokens(end - 1), PAGE);
    for (int each = batch.firstToken(first) / PAGE; each < pagesEnd; each++) {
      open(batch, batch.blockOffset(first, each, kvHead), heads);
      for (int row = first; row < end; row++) {
        attendPage(batch, row, each, (row - first) * batch.heads().group());
      }
    }
    for (int i = 0; i < heads; i++) {
      result = results[i];
      writeOut(
          batch.out().data(), start(batch, first, kvHead, i), batch.heads().dim(), 1 / totals[i]);
    }
  }

  private void prepare(int heads, int dim) {
    int padded = Math.ceilDiv(dim, L) * L;
    if (queries.length < heads || queries[0].length < padded) {
      queries = new float[heads][padded];
      results = new float[heads][padded];
      maxima = new float[heads];
      totals = new float[heads];
    }
  }

  /** Where query and result of a head lie, in bytes. */
  private static long start(Attention batch, int firstRow, int kvHead, int i) {
    int group = batch.heads().group();
    long row = (long) firstRow + i / group;
    int head = kvHead * group + i % group;
    return (row * batch.heads().query() + head) * batch.heads().dim() * Float.BYTES;
  }

  private void begin(Attention batch, int firstRow, int kvHead, int i) {
    int row = firstRow + i / batch.heads().group();
    query = queries[i];
    result = results[i];
    long from = start(batch, firstRow, kvHead, i);
    MemorySegment.copy(batch.query().data(), F32, from, query, 0, batch.heads().dim());
    Arrays.fill(result, 0f);
    largest = Float.NEGATIVE_INFINITY;
    gathered = 0;
    gatherTiles(batch, row, kvHead, batch.scale(row));
    maxima[i] = largest;
    totals[i] = gathered;
  }

  /**
   * Says where keys and values of a page are read, and widens them first where many heads read
   * them. Halves become the same floats either way, and are added up in the same order.
   */
  private void open(Attention batch, long block, int heads) {
    KvBlock layout = batch.block();
    boolean isWidened =
        heads >= WIDENED_FROM && (layout.type() == DType.F16 || layout.type() == DType.BF16);
    isNarrow = layout.type() != DType.F32 && !isWidened;
    if (isWidened) {
      long bytes = KvBlock.f32(layout.dim()).bytes();
      if (widened.byteSize() < bytes) {
        widened = scratch.allocate(bytes, F.vectorByteSize());
      }
      NarrowPages.widen(layout, batch.slab(), block, widened);
    }
    page = isWidened ? widened : batch.slab();
    keys = isWidened ? 0 : block;
    values = keys + (isWidened ? KvBlock.f32(layout.dim()) : layout).keyBytes();
  }

  /** Goes on with all heads of a row, if it sees anything of the page. */
  private void attendPage(Attention batch, int row, int number, int firstHead) {
    int first = number * PAGE;
    int from = Math.max(0, batch.firstToken(row) - first);
    int count = Math.min(PAGE, batch.tokens(row) - first);
    if (from >= count) {
      return;
    }
    for (int i = firstHead; i < firstHead + batch.heads().group(); i++) {
      query = queries[i];
      result = results[i];
      float max = maxima[i];
      float newMax = Math.max(max, score(batch.block(), from, count, batch.scale(row)));
      float decay = max == Float.NEGATIVE_INFINITY ? 0f : exp(max - newMax);
      totals[i] = totals[i] * decay + weigh(newMax, from, count);
      fade(decay);
      addValues(batch.block(), from, count);
      maxima[i] = newMax;
    }
  }

  /** Gathers the tiles of a head: {@link #largest} and {@link #gathered} say how far it came. */
  private void gatherTiles(Attention batch, int row, int kvHead, float scale) {
    Tiles tiles = batch.tiles(row);
    int dim = batch.heads().dim();
    int end = tiles.end(batch.layer(), kvHead);
    for (int tile = tiles.begin(batch.layer(), kvHead); tile < end; tile++) {
      int count = tiles.count(tile);
      long block = tiles.offset(tile);
      float newMax = Math.max(largest, scoreTile(batch.slab(), block, dim, count, scale));
      float decay = largest == Float.NEGATIVE_INFINITY ? 0f : exp(largest - newMax);
      gathered = gathered * decay + weigh(newMax, 0, count);
      fade(decay);
      addValues(batch.slab(), block + Tiles.valuesAt(dim, count), dim, 0, count);
      largest = newMax;
    }
  }

  /** The same as {@link #score} for a tile, with its biases. */
  private float scoreTile(MemorySegment slab, long block, int dim, int count, float scale) {
    MemorySegment.copy(slab, F32, block + Tiles.biasesAt(dim, count), biases, 0, count);
    multiplyRagged(slab, block, dim, count);
    float max = Float.NEGATIVE_INFINITY;
    for (int j = 0; j < count; j++) {
      scores[j] = scores[j] * scale + biases[j];
      max = Math.max(max, scores[j]);
    }
    Arrays.fill(scores, count, PAGE, Float.NEGATIVE_INFINITY);
    return max;
  }

  /** Fills {@link #scores}; those that are not seen get minus infinity. Returns the largest. */
  private float score(KvBlock layout, int from, int count, float scale) {
    if (isNarrow) {
      NarrowPages.multiply(layout, page, keys, query, scores);
    } else {
      for (int c = 0; c < PAGE; c += L) {
        multiply(page, keys + (long) c * Float.BYTES, layout.dim(), c);
      }
    }
    float max = Float.NEGATIVE_INFINITY;
    Arrays.fill(scores, 0, from, Float.NEGATIVE_INFINITY);
    for (int j = from; j < count; j++) {
      scores[j] *= scale;
      max = Math.max(max, scores[j]);
    }
    for (int j = count; j < PAGE; j++) {
      scores[j] = Float.NEGATIVE_INFINITY;
    }
    return max;
  }

  /** Query times the keys of L tokens; four partial sums, so that additions overlap. */
  private void multiply(MemorySegment slab, long first, int dim, int to) {
    float[] q = query;
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    int d = 0;
    long at = first;
    for (; d + 4 <= dim; d += 4, at += 4 * KEY_STRIDE_BYTES) {
      a0 = load(slab, at).fma(FloatVector.broadcast(F, q[d]), a0);
      a1 = load(slab, at + KEY_STRIDE_BYTES).fma(FloatVector.broadcast(F, q[d + 1]), a1);
      a2 = load(slab, at + 2 * KEY_STRIDE_BYTES).fma(FloatVector.broadcast(F, q[d + 2]), a2);
      a3 = load(slab, at + 3 * KEY_STRIDE_BYTES).fma(FloatVector.broadcast(F, q[d + 3]), a3);
    }
    for (; d < dim; d++, at += KEY_STRIDE_BYTES) {
      a0 = load(slab, at).fma(FloatVector.broadcast(F, q[d]), a0);
    }
    a0.add(a1).add(a2.add(a3)).intoArray(scores, to);
  }

  /** The same for a tile, in the same order of additions; reads nothing behind its keys. */
  private void multiplyRagged(MemorySegment slab, long first, int dim, int count) {
    long stride = (long) count * Float.BYTES;
    for (int c = 0; c < count; c += L) {
      VectorMask<Float> mask = F.indexInRange(c, count);
      FloatVector a0 = FloatVector.zero(F);
      FloatVector a1 = FloatVector.zero(F);
      FloatVector a2 = FloatVector.zero(F);
      FloatVector a3 = FloatVector.zero(F);
      int d = 0;
      long at = first + (long) c * Float.BYTES;
      for (; d + 4 <= dim; d += 4, at += 4 * stride) {
        a0 = load(slab, at, mask).fma(FloatVector.broadcast(F, query[d]), a0);
        a1 = load(slab, at + stride, mask).fma(FloatVector.broadcast(F, query[d + 1]), a1);
        a2 = load(slab, at + 2 * stride, mask).fma(FloatVector.broadcast(F, query[d + 2]), a2);
        a3 = load(slab, at + 3 * stride, mask).fma(FloatVector.broadcast(F, query[d + 3]), a3);
      }
      for (; d < dim; d++, at += stride) {
        a0 = load(slab, at, mask).fma(FloatVector.broadcast(F, query[d]), a0);
      }
      a0.add(a1).add(a2.add(a3)).intoArray(scores, c);
    }
  }

  /** Turns the scores into weights relative to the maximum; returns their sum. */
  private float weigh(float max, int from, int count) {
    float[] s = scores;
    Lanes.exp(s, PAGE, 1, max);
    Arrays.fill(s, 0, from, 0f);
    Arrays.fill(s, count, PAGE, 0f);
    float total = 0;
    for (int c = 0; c < PAGE; c += L) {
      total += Lanes.sum(s, c);
    }
    return total;
  }

  private void addValues(KvBlock layout, int from, int count) {
    if (isNarrow) {
      for (int j = from; j < count; j++) {
        NarrowPages.addValue(layout, page, keys, j, scores[j], result);
      }
    } else {
      addValues(page, values, layout.dim(), from, count);
    }
  }

  private void addValues(MemorySegment slab, long first, int dim, int from, int count) {
    int whole = F.loopBound(dim);
    long rowBytes = (long) dim * Float.BYTES;
    int d = 0;
    for (; d + 4 * L <= whole; d += 4 * L) {
      addFour(slab, first + (long) d * Float.BYTES, rowBytes, d, from, count);
    }
    for (; d < whole; d += L) {
      FloatVector a = FloatVector.fromArray(F, result, d);
      long at = first + (long) d * Float.BYTES;
      for (int j = from; j < count; j++) {
        a = load(slab, at + j * rowBytes).fma(FloatVector.broadcast(F, scores[j]), a);
      }
      a.intoArray(result, d);
    }
    if (whole < dim) {
      VectorMask<Float> tail = F.indexInRange(whole, dim);
      FloatVector a = FloatVector.fromArray(F, result, whole);
      long at = first + (long) whole * Float.BYTES;
      for (int j = from; j < count; j++) {
        a = load(slab, at + j * rowBytes, tail).fma(FloatVector.broadcast(F, scores[j]), a);
      }
      a.intoArray(result, whole);
    }
  }

  /** Four neighbouring vectors at once, so that additions overlap and a weight is spread once. */
  private void addFour(MemorySegment slab, long first, long rowBytes, int d, int from, int count) {
    FloatVector a0 = FloatVector.fromArray(F, result, d);
    FloatVector a1 = FloatVector.fromArray(F, result, d + L);
    FloatVector a2 = FloatVector.fromArray(F, result, d + 2 * L);
    FloatVector a3 = FloatVector.fromArray(F, result, d + 3 * L);
    long step = (long) L * Float.BYTES;
    long at = first + from * rowBytes;
    for (int j = from; j < count; j++, at += rowBytes) {
      FloatVector weight = FloatVector.broadcast(F, scores[j]);
      a0 = load(slab, at).fma(weight, a0);
      a1 = load(slab, at + step).fma(weight, a1);
      a2 = load(slab, at + 2 * step).fma(weight, a2);
      a3 = load(slab, at + 3 * step).fma(weight, a3);
    }
    a0.intoArray(result, d);
    a1.intoArray(result, d + L);
    a2.intoArray(result, d + 2 * L);
    a3.intoArray(result, d + 3 * L);
  }

  /** Scales down what was gathered so far, to the new maximum. */
  private void fade(float decay) {
    for (int d = 0; d < result.length; d += L) {
      FloatVector.fromArray(F, result, d).mul(decay).intoArray(result, d);
    }
  }

  private void writeOut(MemorySegment out, long start, int dim, float factor) {
    int whole = F.loopBound(dim);
    for (int d = 0; d < whole; d += L) {
      FloatVector.fromArray(F, result, d)
          .mul(factor)
          .intoMemorySegment(out, start + (long) d * Float.BYTES, LITTLE_ENDIAN);
    }
    for (int d = whole; d < dim; d++) {
      out.set(F32, start + (long) d * Float.BYTES, result[d] * factor);
    }
  }

  private float exp(float x) {
    single[0] = x;
    Lanes.exp(single, 1, 1, 0);
    return single[0];
  }
}
