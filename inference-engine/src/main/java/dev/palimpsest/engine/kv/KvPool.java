package dev.palimpsest.engine.kv;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.KvBlock;
import dev.palimpsest.engine.backend.KvSlab;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;

/**
 * All key/value memory of an engine: one slab, allocated at once and owned by the pool. Pages are
 * handed out and taken back in constant time each; the engine thread does it, {@link #write} may be
 * called on compute threads for different tokens.
 */
public final class KvPool implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  private final KvLayout layout;
  private final KvBlock block;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment slab;
  private final int[] references;
  private final boolean[] kept;
  private final int[] free;
  private final CompactedSpans compacted;
  private int freeCount;
  private int idleCount;

  /**
   * @param pages number of pages; the slab takes {@code pages · layout.pageBytes()}
   */
  public KvPool(KvLayout layout, int pages) {
    if (pages < 1) {
      throw new IllegalArgumentException("a pool has at least one page, not " + pages);
    }
    this.layout = layout;
    this.block = layout.block();
    this.slab = arena.allocate(Math.multiplyExact(pages, layout.pageBytes()), ALIGNMENT);
    this.references = new int[pages];
    this.kept = new boolean[pages];
    this.free = new int[pages];
    for (int i = 0; i < pages; i++) {
      free[i] = pages - 1 - i;
    }
    freeCount = pages;
    compacted = new CompactedSpans(this);
  }

  /** The compacted spans that lie in this pool's pages. */
  public CompactedSpans compacted() {
    return compacted;
  }

  /** How pages are laid out. */
  public KvLayout layout() {
    return layout;
  }

  /** Number of pages, free or not. */
  public int pages() {
    return references.length;
  }

  /** Pages that nobody holds. */
  public int freePages() {
    return freeCount;
  }

  /** Bytes of the slab. */
  public long bytes() {
    return slab.byteSize();
  }

  /** The slab, borrowed; valid until the pool is closed. */
  public KvSlab slab() {
    return new KvSlab(slab, layout.pageBytes(), block);
  }

  /** Pages that are kept for whoever may want what is in them, and that no span holds. */
  public int idlePages() {
    return idleCount;
  }

  /** Whether a page is kept and no span holds it. */
  boolean isIdle(int page) {
    return kept[page] && references[page] == 1;
  }

  /**
   * Takes pages for this many tokens. Their content is what the last owner left.
   *
   * @throws IllegalStateException if there are not enough; ask {@link #freePages} first
   */
  public PagedSpan reserve(int tokens) {
    int count = KvLayout.pagesFor(tokens);
    if (tokens < 1 || count > freeCount) {
      throw new IllegalStateException(
          tokens + " tokens need " + count + " pages, " + freeCount + " are free");
    }
    return span(new int[count], 0);
  }

  /**
   * A span that begins with pages that the caller holds for it already, and goes on with free ones.
   *
   * @param pages its first {@code shared} are in use; the others are filled in
   */
  PagedSpan span(int[] pages, int shared) {
    for (int i = shared; i < pages.length; i++) {
      pages[i] = takePage();
    }
    return new PagedSpan(pages);
  }

  /**
   * Appends free pages to a span that is out.
   *
   * @throws IllegalStateException if there are not enough
   */
  void extend(PagedSpan span, int count) {
    if (span.isReleased() || count > freeCount) {
      throw new IllegalStateException(count + " more pages, " + freeCount + " are free");
    }
    for (int i = 0; i < count; i++) {
      span.append(takePage());
    }
  }

  /** Takes one page for whoever cuts it; {@link #letGo} gives it back. */
  int takePage() {
    int page = free[--freeCount];
    references[page] = 1;
    return page;
  }

  /** Gives a span back; its pages become free when nobody else holds them. */
  public void release(PagedSpan span) {
    span.markReleased();
    for (int i = span.pageCount() - 1; i >= 0; i--) {
      letGo(span.page(i));
    }
  }

  /** Holds a page that is in use or kept. */
  void hold(int page) {
    if (isIdle(page)) {
      idleCount--;
    }
    references[page]++;
  }

  void letGo(int page) {
    references[page]--;
    if (references[page] == 0) {
      free[freeCount++] = page;
    } else if (isIdle(page)) {
      idleCount++;
    }
  }

  /** Keeps a page that a span holds beyond the span's end, until {@link #drop}. */
  void keep(int page) {
    if (kept[page] || references[page] == 0) {
      throw new IllegalStateException("page " + page + " cannot be kept");
    }
    kept[page] = true;
    references[page]++;
  }

  void drop(int page) {
    if (references[page] == 1) {
      idleCount--;
    }
    kept[page] = false;
    letGo(page);
  }

  /**
   * One layer of a span's page, borrowed: for whoever copies what is computed, or fills what is
   * not. Any thread may use it while the span is out.
   */
  public MemorySegment layer(PagedSpan span, int index, int layer) {
    long at = span.page(index) * layout.pageBytes() + layer * layout.layerBytes();
    return slab.asSlice(at, layout.layerBytes());
  }

  /**
   * Copies keys and values of one head; any thread may while the span is held and the tokens are
   * computed.
   *
   * @param from the first token of the span
   * @param to the token after the last
   * @return with the tokens' places in the span as positions
   */
  public HeadKeys read(PagedSpan span, int layer, int head, int from, int to) {
    int dim = layout.heads().dim();
    float[] keys = new float[(to - from) * dim];
    float[] values = new float[(to - from) * dim];
    int[] positions = new int[to - from];
    for (int i = 0; i < to - from; i++) {
      int slot = (from + i) % Attention.PAGE_TOKENS;
      long at =
          span.page((from + i) / Attention.PAGE_TOKENS) * layout.pageBytes()
              + layer * layout.layerBytes()
              + head * block.bytes();
      for (int d = 0; d < dim; d++) {
        keys[i * dim + d] = block.key(slab, at, slot, d);
        values[i * dim + d] = block.value(slab, at, slot, d);
      }
      positions[i] = from + i;
    }
    return new HeadKeys(dim, keys, values, new float[to - from], positions);
  }

  /**
   * Stores the keys and values of one token in one layer.
   *
   * @param keys F32 {@code [rows, kvHeads · dim]}, already turned to their position
   * @param values F32, the same shape
   * @param row the token's row in both
   */
  public void write(PagedSpan span, int position, int layer, Tensor keys, Tensor values, int row) {
    int slot = position % Attention.PAGE_TOKENS;
    long at =
        span.page(position / Attention.PAGE_TOKENS) * layout.pageBytes()
            + layer * layout.layerBytes();
    long source = (long) row * layout.heads().keyValueWidth() * Float.BYTES;
    for (int head = 0; head < layout.heads().keyValue(); head++) {
      block.store(keys.data(), values.data(), source, slab, at, slot);
      at += block.bytes();
      source += (long) layout.heads().dim() * Float.BYTES;
    }
  }

  /**
   * Checks that pages and counts add up, given all spans that are out.
   *
   * @throws IllegalStateException naming the first page that is wrong
   */
  public void checkInvariants(Collection<PagedSpan> spans) {
    int[] expected = new int[pages()];
    for (PagedSpan span : spans) {
      for (int i = 0; i < span.pageCount(); i++) {
        expected[span.page(i)]++;
      }
    }
    for (int page : compacted.cutPages()) {
      expected[page]++;
    }
    boolean[] isFree = new boolean[pages()];
    for (int i = 0; i < freeCount; i++) {
      if (isFree[free[i]]) {
        throw new IllegalStateException("page " + free[i] + " is free twice");
      }
      isFree[free[i]] = true;
    }
    int idle = 0;
    for (int page = 0; page < pages(); page++) {
      idle += kept[page] && expected[page] == 0 ? 1 : 0;
      expected[page] += kept[page] ? 1 : 0;
      if (references[page] != expected[page] || isFree[page] != (expected[page] == 0)) {
        throw new IllegalStateException(
            "page "
                + page
                + " counts "
                + references[page]
                + " references, is held "
                + expected[page]
                + " times, and is "
                + (isFree[page] ? "free" : "taken"));
      }
    }
    if (idle != idleCount) {
      throw new IllegalStateException(idle + " pages are idle, not " + idleCount);
    }
  }

  /** Frees the slab; nothing may read it any more. */
  @Override
  public void close() {
    arena.close();
  }
}
