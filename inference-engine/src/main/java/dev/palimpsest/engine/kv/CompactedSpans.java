package dev.palimpsest.engine.kv;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Tiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The compacted spans of a pool: puts keys and values into pieces of its pages and takes them back.
 * A span takes the bytes of its keys and no more; pages are shared by spans. For the engine thread,
 * but for {@link #read}, which any thread may call while the span is held.
 */
public final class CompactedSpans {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private final KvPool pool;
  private final Cells cells;
  private final int dim;

  CompactedSpans(KvPool pool) {
    this.pool = pool;
    this.cells = new Cells(pool);
    this.dim = pool.layout().heads().dim();
  }

  /** Bytes that all spans take. */
  public long usedBytes() {
    return cells.usedBytes();
  }

  /** Bytes that a span of these takes, wherever they come to lie. */
  public static long bytes(List<HeadKeys> heads) {
    return heads.stream().mapToLong(head -> Tiles.bytes(head.dim(), head.count())).sum();
  }

  /** Bytes that a span takes which keeps all keys of so many tokens. */
  public static long exactBytes(KvLayout layout, int tokens) {
    long keys = (long) tokens * layout.layers() * layout.heads().keyValue();
    return keys * Tiles.keyBytes(layout.heads().dim());
  }

  /** Pages of the pool that hold them. */
  public int pages() {
    return cells.pages().size();
  }

  /**
   * Stores what is left of a stretch.
   *
   * @param tokens for how many it stands
   * @param heads of each head of each layer in turn, what is left of it; may be none
   * @return held once; null where there is no room, then nothing was taken
   */
  public @Nullable CompactedSpan store(int tokens, List<HeadKeys> heads) {
    int expected = pool.layout().layers() * pool.layout().heads().keyValue();
    if (tokens < 1 || heads.size() != expected) {
      throw new IllegalArgumentException(
          heads.size() + " heads instead of " + expected + ", or no token: " + tokens);
    }
    List<Cells.Piece> pieces = new ArrayList<>();
    int[] first = new int[heads.size() + 1];
    for (int head = 0; head < heads.size(); head++) {
      if (heads.get(head).dim() != dim) {
        throw new IllegalArgumentException("keys of " + heads.get(head).dim() + ", not " + dim);
      }
      if (!take(heads.get(head).count(), pieces)) {
        pieces.forEach(piece -> cells.give(piece.offset(), Tiles.bytes(dim, piece.units())));
        return null;
      }
      first[head + 1] = pieces.size();
    }
    return fill(tokens, heads, first, pieces);
  }

  private boolean take(int count, List<Cells.Piece> pieces) {
    for (int left = count; left > 0; left -= pieces.getLast().units()) {
      Cells.Piece piece = cells.take(Math.min(left, Attention.PAGE_TOKENS), Tiles.keyBytes(dim));
      if (piece == null) {
        return false;
      }
      pieces.add(piece);
    }
    return true;
  }

  private CompactedSpan fill(
      int tokens, List<HeadKeys> heads, int[] first, List<Cells.Piece> pieces) {
    long[] offsets = new long[pieces.size()];
    int[] counts = new int[pieces.size()];
    long bytes = 0;
    for (int head = 0; head < heads.size(); head++) {
      int from = 0;
      for (int tile = first[head]; tile < first[head + 1]; tile++) {
        offsets[tile] = pieces.get(tile).offset();
        counts[tile] = pieces.get(tile).units();
        write(offsets[tile], heads.get(head), from, counts[tile]);
        from += counts[tile];
        bytes += Tiles.bytes(dim, counts[tile]);
      }
    }
    Tiles tiles = new Tiles(pool.layout().heads().keyValue(), first, offsets, counts);
    return new CompactedSpan(tokens, tiles, bytes);
  }

  private void write(long offset, HeadKeys head, int from, int count) {
    MemorySegment slab = pool.slab().data();
    for (int j = 0; j < count; j++) {
      for (int d = 0; d < dim; d++) {
        long at = offset + ((long) d * count + j) * Float.BYTES;
        slab.set(F32, at, head.keys()[(from + j) * dim + d]);
      }
    }
    long values = offset + Tiles.valuesAt(dim, count);
    MemorySegment.copy(head.values(), from * dim, slab, F32, values, count * dim);
    long biases = offset + Tiles.biasesAt(dim, count);
    MemorySegment.copy(head.biases(), from, slab, F32, biases, count);
    long positions = offset + Tiles.positionsAt(dim, count);
    MemorySegment.copy(head.positions(), from, slab, I32, positions, count);
  }

  /** What is left of a head, as it was stored. */
  public HeadKeys read(CompactedSpan span, int layer, int head) {
    span.requireHeld();
    Tiles tiles = span.tiles();
    int end = tiles.end(layer, head);
    int count = 0;
    for (int tile = tiles.begin(layer, head); tile < end; tile++) {
      count += tiles.count(tile);
    }
    float[] keys = new float[count * dim];
    float[] values = new float[count * dim];
    float[] biases = new float[count];
    int[] positions = new int[count];
    int from = 0;
    for (int tile = tiles.begin(layer, head); tile < end; tile++) {
      int of = tiles.count(tile);
      long offset = tiles.offset(tile);
      MemorySegment slab = pool.slab().data();
      transpose(slab, offset, of, keys, from);
      long at = offset + Tiles.valuesAt(dim, of);
      MemorySegment.copy(slab, F32, at, values, from * dim, of * dim);
      MemorySegment.copy(slab, F32, offset + Tiles.biasesAt(dim, of), biases, from, of);
      MemorySegment.copy(slab, I32, offset + Tiles.positionsAt(dim, of), positions, from, of);
      from += of;
    }
    return new HeadKeys(dim, keys, values, biases, positions);
  }

  private void transpose(MemorySegment slab, long offset, int count, float[] keys, int from) {
    for (int j = 0; j < count; j++) {
      for (int d = 0; d < dim; d++) {
        long at = offset + ((long) d * count + j) * Float.BYTES;
        keys[(from + j) * dim + d] = slab.get(F32, at);
      }
    }
  }

  /** Holds a span once more. */
  public void hold(CompactedSpan span) {
    span.hold();
  }

  /** Gives a span back; its room is free when nobody else holds it. */
  public void release(CompactedSpan span) {
    if (span.letGo()) {
      Tiles tiles = span.tiles();
      for (int tile = 0; tile < tiles.size(); tile++) {
        cells.give(tiles.offset(tile), Tiles.bytes(dim, tiles.count(tile)));
      }
    }
  }

  /** The pages that are cut, for the pool's own check. */
  List<Integer> cutPages() {
    return cells.pages();
  }

  /**
   * Checks that the bytes add up.
   *
   * @param spans that are out, each as often as it is held
   * @throws IllegalStateException naming what is wrong
   */
  public void checkInvariants(Collection<CompactedSpan> spans) {
    long bytes = 0;
    for (CompactedSpan span : List.copyOf(new java.util.HashSet<>(spans))) {
      long held = spans.stream().filter(each -> each == span).count();
      if (held != span.holders()) {
        throw new IllegalStateException(
            "a compacted span counts " + span.holders() + " holders and has " + held);
      }
      bytes += span.bytes();
    }
    long all = (long) pages() * pool.layout().pageBytes();
    if (bytes != cells.usedBytes() || bytes + cells.freeBytes() != all) {
      throw new IllegalStateException(
          bytes + " bytes are compacted, not " + cells.usedBytes() + ", of " + all);
    }
  }
}
