package dev.palimpsest.engine.backend;

import java.util.List;

/**
 * Where the keys and values of a compacted stretch lie: every key/value head of every layer has its
 * own number of them, and a bias for each. They lie in tiles of 1 to {@value Attention#PAGE_TOKENS}
 * keys, anywhere in the slab and without a byte between their parts: with {@code n} keys first the
 * keys, transposed, F32 {@code [headDim, n]}, then the values, F32 {@code [n, headDim]}, then the
 * biases, F32 {@code [n]}, then the positions the keys were turned to, I32 {@code [n]}. A bias is
 * added to the product of its key and the query, after scaling: it says by which factor the key
 * counts for what is gone. Immutable.
 */
public final class Tiles {
  /** Of a sequence of which nothing was compacted. */
  public static final Tiles NONE = new Tiles(0, new int[0], new long[0], new int[0]);

  private final int heads;
  private final int[] first;
  private final long[] offsets;
  private final int[] counts;

  /**
   * @param heads key/value heads of a layer
   * @param first of each head of each layer in turn, which tile is its first; and the number of
   *     tiles
   * @param offsets where each tile begins in the slab, in bytes
   * @param counts keys of each
   */
  public Tiles(int heads, int[] first, long[] offsets, int[] counts) {
    this.heads = heads;
    this.first = first.clone();
    this.offsets = offsets.clone();
    this.counts = counts.clone();
  }

  /** Those of several stretches, in their order. */
  public static Tiles joined(List<Tiles> parts) {
    if (parts.isEmpty()) {
      return NONE;
    }
    int heads = parts.getFirst().heads;
    int[] first = new int[parts.getFirst().first.length];
    int size = parts.stream().mapToInt(Tiles::size).sum();
    long[] offsets = new long[size];
    int[] counts = new int[size];
    int at = 0;
    for (int head = 0; head + 1 < first.length; head++) {
      for (Tiles part : parts) {
        int length = part.first[head + 1] - part.first[head];
        System.arraycopy(part.offsets, part.first[head], offsets, at, length);
        System.arraycopy(part.counts, part.first[head], counts, at, length);
        at += length;
      }
      first[head + 1] = at;
    }
    return new Tiles(heads, first, offsets, counts);
  }

  /** The first tile of a head; it has none where that is {@link #end}. */
  public int begin(int layer, int kvHead) {
    return first.length == 0 ? 0 : first[layer * heads + kvHead];
  }

  /** The tile after the last one of a head. */
  public int end(int layer, int kvHead) {
    return first.length == 0 ? 0 : first[layer * heads + kvHead + 1];
  }

  /** Where a tile begins in the slab, in bytes: its keys. */
  public long offset(int tile) {
    return offsets[tile];
  }

  /** Number of keys in a tile. */
  public int count(int tile) {
    return counts[tile];
  }

  /** Number of all tiles. */
  public int size() {
    return counts.length;
  }

  /** Bytes of a tile. */
  public static int bytes(int headDim, int count) {
    return Math.multiplyExact(keyBytes(headDim), count);
  }

  /** Bytes that each key takes, with its value, bias and position. */
  public static int keyBytes(int headDim) {
    return (2 * headDim + 2) * Float.BYTES;
  }

  /** Where the values of a tile begin, in bytes from its beginning. */
  public static long valuesAt(int headDim, int count) {
    return (long) headDim * count * Float.BYTES;
  }

  /** Where its biases begin. */
  public static long biasesAt(int headDim, int count) {
    return 2 * valuesAt(headDim, count);
  }

  /** Where its positions begin. */
  public static long positionsAt(int headDim, int count) {
    return biasesAt(headDim, count) + (long) count * Float.BYTES;
  }
}
