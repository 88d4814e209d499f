package dev.palimpsest.engine.backend.vector;

import static dev.palimpsest.engine.backend.vector.Lanes.F;
import static dev.palimpsest.engine.backend.vector.Lanes.F32;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.AttentionMass;
import dev.palimpsest.engine.backend.KvBlock;
import dev.palimpsest.engine.backend.Tiles;
import dev.palimpsest.engine.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Attention over tiles and pages: of a block of rows page after page, each for all rows and query
 * heads that see it. Keys lie transposed, so that a vector holds the scores of neighbouring tokens
 * and no horizontal sums are needed.
 */
final class VectorAttention {
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final int PAGE = Attention.PAGE_TOKENS;

  /** From so many query heads on that read a page it is widened for all of them at once. */
  private static final int WIDENED_FROM = 3;

  private final SegmentAllocator scratch;
  private final float[] biases = new float[PAGE];
  private final int[] positions = new int[PAGE];
  private AttendedHead[] heads = {};
  private MemorySegment widened = MemorySegment.NULL;

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
    int group = batch.heads().group();
    int count = (end - first) * group;
    prepare(count);
    for (int i = 0; i < count; i++) {
      heads[i].begin(batch.query().data(), start(batch, first, kvHead, i), batch.heads().dim());
      attendTiles(batch, first + i / group, kvHead, heads[i]);
    }
    int pagesEnd = Math.ceilDiv(batch.tokens(end - 1), PAGE);
    for (int each = batch.firstToken(first) / PAGE; each < pagesEnd; each++) {
      open(batch, batch.blockOffset(first, each, kvHead), count);
      for (int row = first; row < end; row++) {
        attendPage(batch, row, each, (row - first) * group);
      }
    }
    for (int i = 0; i < count; i++) {
      heads[i].writeOut(batch.out().data(), start(batch, first, kvHead, i));
      AttentionMass mass = batch.mass(first + i / group);
      if (mass != null) {
        heads[i].addTo(mass, kvHead);
      }
    }
  }

  private void prepare(int count) {
    int known = heads.length;
    if (known < count) {
      heads = Arrays.copyOf(heads, count);
      for (int i = known; i < count; i++) {
        heads[i] = new AttendedHead();
      }
    }
  }

  /** Where query and result of a head lie, in bytes. */
  private static long start(Attention batch, int firstRow, int kvHead, int i) {
    int group = batch.heads().group();
    long row = (long) firstRow + i / group;
    int head = kvHead * group + i % group;
    return (row * batch.heads().query() + head) * batch.heads().dim() * Float.BYTES;
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
    int i = firstHead;
    int end = firstHead + batch.heads().group();
    boolean isPaired = !isNarrow && WidePages.pairs(batch.heads().dim());
    for (; isPaired && i + 2 <= end; i += 2) {
      WidePages.multiply(page, keys, heads[i], heads[i + 1]);
      weigh(heads[i], batch.scale(row), from, count);
      weigh(heads[i + 1], batch.scale(row), from, count);
      WidePages.addValues(page, values, heads[i], heads[i + 1], from, count);
    }
    for (; i < end; i++) {
      multiply(batch.block(), heads[i]);
      weigh(heads[i], batch.scale(row), from, count);
      addValues(batch.block(), heads[i], from, count);
    }
    if (batch.mass(row) != null) {
      for (int head = firstHead; head < end; head++) {
        heads[head].note(batch.firstPosition(row) + first, from, count);
      }
    }
  }

  private static void weigh(AttendedHead head, float scale, int from, int count) {
    head.scale(scale);
    head.weigh(from, count);
  }

  private void multiply(KvBlock layout, AttendedHead head) {
    if (isNarrow) {
      NarrowPages.multiply(layout, page, keys, head.query(), head.scores);
    } else {
      WidePages.multiply(page, keys, head);
    }
  }

  private void addValues(KvBlock layout, AttendedHead head, int from, int count) {
    if (isNarrow) {
      for (int j = from; j < count; j++) {
        NarrowPages.addValue(layout, page, keys, j, head.scores[j], head.result());
      }
    } else {
      WidePages.addValues(page, values, head, from, count);
    }
  }

  private void attendTiles(Attention batch, int row, int kvHead, AttendedHead head) {
    Tiles tiles = batch.tiles(row);
    MemorySegment slab = batch.slab();
    int end = tiles.end(batch.layer(), kvHead);
    for (int tile = tiles.begin(batch.layer(), kvHead); tile < end; tile++) {
      int count = tiles.count(tile);
      long block = tiles.offset(tile);
      int dim = head.dim();
      MemorySegment.copy(slab, F32, block + Tiles.biasesAt(dim, count), biases, 0, count);
      WidePages.multiplyTile(slab, block, head, count);
      head.bias(batch.scale(row), biases, count);
      head.weigh(0, count);
      WidePages.addValues(slab, block + Tiles.valuesAt(dim, count), head, 0, count);
      if (batch.mass(row) != null) {
        MemorySegment.copy(slab, I32, block + Tiles.positionsAt(dim, count), positions, 0, count);
        head.note(positions, count);
      }
    }
  }
}
