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
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Attention over tiles and pages, one query head after the other. Keys lie transposed, so that a
 * vector holds the scores of neighbouring tokens and no horizontal sums are needed.
 */
final class VectorAttention {
  private static final int PAGE = Attention.PAGE_TOKENS;
  private static final int KEY_STRIDE_BYTES = PAGE * Float.BYTES;

  private final float[] scores = new float[PAGE];
  private final float[] single = new float[L];
  private final float[] biases = new float[PAGE];
  private float[] query = new float[0];
  private float[] result = new float[0];
  private float largest;
  private float gathered;

  void attend(Attention batch, int row, int kvHead) {
    int dim = batch.heads().dim();
    int padded = Math.ceilDiv(dim, L) * L;
    if (result.length < padded) {
      query = new float[padded];
      result = new float[padded];
    }
    int group = batch.heads().group();
    for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
      attendHead(batch, row, kvHead, head);
    }
  }

  private void attendHead(Attention batch, int row, int kvHead, int head) {
    int dim = batch.heads().dim();
    long start = ((long) row * batch.heads().query() + head) * dim * Float.BYTES;
    MemorySegment.copy(batch.query().data(), F32, start, query, 0, dim);
    Arrays.fill(result, 0f);
    float scale = batch.scale(row);
    largest = Float.NEGATIVE_INFINITY;
    gathered = 0;
    gatherTiles(batch, row, kvHead, scale);
    float max = largest;
    float total = gathered;
    int tokens = batch.tokens(row);
    int seen = batch.firstToken(row);
    for (int page = seen / PAGE; page * PAGE < tokens; page++) {
      int first = page * PAGE;
      int from = Math.max(0, seen - first);
      int count = Math.min(PAGE, tokens - first);
      long block = batch.blockOffset(row, page, kvHead);
      float newMax = Math.max(max, score(batch, block, from, count, scale));
      float decay = max == Float.NEGATIVE_INFINITY ? 0f : exp(max - newMax);
      total = total * decay + weigh(newMax, from, count);
      addValues(batch, block, from, count, decay);
      max = newMax;
    }
    writeOut(batch.out().data(), start, dim, 1 / total);
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
      addValues(batch.slab(), block + Tiles.valuesAt(dim, count), dim, 0, count, decay);
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
  private float score(Attention batch, long keys, int from, int count, float scale) {
    if (batch.block().type() == DType.F32) {
      for (int c = 0; c < PAGE; c += L) {
        multiply(batch.slab(), keys + (long) c * Float.BYTES, batch.heads().dim(), c);
      }
    } else {
      NarrowPages.multiply(batch.block(), batch.slab(), keys, query, scores);
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
  private void multiply(MemorySegment slab, long keys, int dim, int to) {
    float[] q = query;
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    int d = 0;
    long at = keys;
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
  private void multiplyRagged(MemorySegment slab, long keys, int dim, int count) {
    long stride = (long) count * Float.BYTES;
    for (int c = 0; c < count; c += L) {
      VectorMask<Float> mask = F.indexInRange(c, count);
      FloatVector a0 = FloatVector.zero(F);
      FloatVector a1 = FloatVector.zero(F);
      FloatVector a2 = FloatVector.zero(F);
      FloatVector a3 = FloatVector.zero(F);
      int d = 0;
      long at = keys + (long) c * Float.BYTES;
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

  private void addValues(Attention batch, long block, int from, int count, float decay) {
    KvBlock layout = batch.block();
    if (layout.type() == DType.F32) {
      long values = block + layout.keyBytes();
      addValues(batch.slab(), values, layout.dim(), from, count, decay);
    } else {
      for (int d = 0; d < layout.dim(); d++) {
        result[d] *= decay;
      }
      NarrowPages.addValues(batch, block, scores, from, count, result);
    }
  }

  private void addValues(
      MemorySegment slab, long values, int dim, int from, int count, float decay) {
    int whole = F.loopBound(dim);
    long rowBytes = (long) dim * Float.BYTES;
    for (int d = 0; d < whole; d += L) {
      FloatVector a = FloatVector.fromArray(F, result, d).mul(decay);
      long at = values + (long) d * Float.BYTES;
      for (int j = from; j < count; j++) {
        a = load(slab, at + j * rowBytes).fma(FloatVector.broadcast(F, scores[j]), a);
      }
      a.intoArray(result, d);
    }
    if (whole < dim) {
      VectorMask<Float> tail = F.indexInRange(whole, dim);
      FloatVector a = FloatVector.fromArray(F, result, whole).mul(decay);
      long at = values + (long) whole * Float.BYTES;
      for (int j = from; j < count; j++) {
        a = load(slab, at + j * rowBytes, tail).fma(FloatVector.broadcast(F, scores[j]), a);
      }
      a.intoArray(result, whole);
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
