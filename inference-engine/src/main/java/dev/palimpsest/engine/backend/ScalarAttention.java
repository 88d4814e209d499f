package dev.palimpsest.engine.backend;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Attention over tiles and pages as it is defined, one query head after the other: keys and values
 * are read into arrays first, whatever they are stored as.
 */
final class ScalarAttention {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final int PAGE = Attention.PAGE_TOKENS;

  private final float[] scores = new float[PAGE];
  private float[] query = new float[0];
  private float[] keys = new float[0];
  private float[] values = new float[0];
  private float[] gathered = new float[0];
  private final AttendedWeights weights = new AttendedWeights();
  private float largest;
  private float total;

  void attend(Attention batch, int block, int kvHead) {
    int dim = batch.heads().dim();
    if (query.length != dim) {
      query = new float[dim];
      gathered = new float[dim];
      keys = new float[dim * PAGE];
      values = new float[dim * PAGE];
    }
    int group = batch.heads().group();
    for (int row = batch.firstRow(block); row < batch.endRow(block); row++) {
      for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
        attendHead(batch, row, kvHead, head);
      }
    }
  }

  private void attendHead(Attention batch, int row, int kvHead, int head) {
    int dim = batch.heads().dim();
    long start = ((long) row * batch.heads().queryWidth() + (long) head * dim) * Float.BYTES;
    MemorySegment.copy(batch.query().data(), F32, start, query, 0, dim);
    Arrays.fill(gathered, 0f);
    largest = Float.NEGATIVE_INFINITY;
    total = 0;
    weights.clear();
    overTiles(batch, row, kvHead);
    overPages(batch, row, kvHead);
    for (int d = 0; d < dim; d++) {
      batch.out().data().set(F32, start + (long) d * Float.BYTES, gathered[d] / total);
    }
    AttentionMass mass = batch.mass(row);
    if (mass != null) {
      weights.addTo(mass, kvHead, largest, total);
    }
  }

  private void overTiles(Attention batch, int row, int kvHead) {
    Tiles tiles = batch.tiles(row);
    int dim = batch.heads().dim();
    int end = tiles.end(batch.layer(), kvHead);
    for (int tile = tiles.begin(batch.layer(), kvHead); tile < end; tile++) {
      int count = tiles.count(tile);
      long at = tiles.offset(tile);
      MemorySegment slab = batch.slab();
      MemorySegment.copy(slab, F32, at, keys, 0, dim * count);
      MemorySegment.copy(slab, F32, at + Tiles.valuesAt(dim, count), values, 0, dim * count);
      score(count, 0, count, batch.scale(row));
      long biases = at + Tiles.biasesAt(dim, count);
      for (int j = 0; j < count; j++) {
        scores[j] += slab.get(F32, biases + (long) j * Float.BYTES);
      }
      gather(0, count);
      if (batch.mass(row) != null) {
        long positions = at + Tiles.positionsAt(dim, count);
        for (int j = 0; j < count; j++) {
          weights.add(slab.get(I32, positions + (long) j * Integer.BYTES), scores[j]);
        }
        weights.endPage(largest);
      }
    }
  }

  private void overPages(Attention batch, int row, int kvHead) {
    KvBlock block = batch.block();
    int dim = batch.heads().dim();
    int tokens = batch.tokens(row);
    int seen = batch.firstToken(row);
    for (int page = seen / PAGE; page * PAGE < tokens; page++) {
      int from = Math.max(0, seen - page * PAGE);
      int count = Math.min(PAGE, tokens - page * PAGE);
      long at = batch.blockOffset(row, page, kvHead);
      for (int j = from; j < count; j++) {
        for (int d = 0; d < dim; d++) {
          keys[d * PAGE + j] = block.key(batch.slab(), at, j, d);
          values[j * dim + d] = block.value(batch.slab(), at, j, d);
        }
      }
      score(PAGE, from, count, batch.scale(row));
      gather(from, count);
      if (batch.mass(row) != null) {
        for (int j = from; j < count; j++) {
          weights.add(batch.firstPosition(row) + page * PAGE + j, scores[j]);
        }
        weights.endPage(largest);
      }
    }
  }

  /** Fills {@link #scores} with the scaled products of the query and keys {@code [dim, stride]}. */
  private void score(int stride, int from, int count, float scale) {
    for (int j = from; j < count; j++) {
      float sum = 0;
      for (int d = 0; d < query.length; d++) {
        sum += query[d] * keys[d * stride + j];
      }
      scores[j] = sum * scale;
    }
  }

  /**
   * Turns the scores into weights, all relative to the largest so far, and adds the values by them
   * to what was gathered.
   */
  private void gather(int from, int count) {
    float[] result = gathered;
    int dim = result.length;
    float max = largest;
    for (int j = from; j < count; j++) {
      max = Math.max(max, scores[j]);
    }
    float decay = (float) Math.exp(largest - max);
    for (int d = 0; d < dim; d++) {
      result[d] *= decay;
    }
    float sum = 0;
    for (int j = from; j < count; j++) {
      float weight = (float) Math.exp(scores[j] - max);
      sum += weight;
      scores[j] = weight;
      for (int d = 0; d < dim; d++) {
        result[d] += weight * values[j * dim + d];
      }
    }
    total = total * decay + sum;
    largest = max;
  }
}
