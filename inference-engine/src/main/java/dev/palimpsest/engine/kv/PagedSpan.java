package dev.palimpsest.engine.kv;

import dev.palimpsest.engine.backend.Attention;
import java.util.Arrays;

/**
 * Pages of a {@link KvPool} in the order of the tokens they hold, every head of the same length.
 * Belongs to one sequence until it is given back, and grows at its end; for the engine thread, and
 * for others while it does not grow.
 */
public final class PagedSpan implements KvSpan {
  private int[] pages;
  private final KvCache alone;
  private boolean isReleased;

  PagedSpan(int[] pages) {
    this.pages = pages;
    this.alone = new KvCache(this);
  }

  /** The cache of a sequence that has nothing else. */
  public KvCache alone() {
    return alone;
  }

  @Override
  public int capacityTokens() {
    return pages.length * Attention.PAGE_TOKENS;
  }

  /** Number of pages. */
  public int pageCount() {
    return pages.length;
  }

  /** The pool's number of the page that holds tokens {@code [32 · index, 32 · index + 32)}. */
  public int page(int index) {
    return pages[index];
  }

  /** Whether the pages were given back. */
  public boolean isReleased() {
    return isReleased;
  }

  /** Appends a page that was taken for it. */
  void append(int page) {
    pages = Arrays.copyOf(pages, pages.length + 1);
    pages[pages.length - 1] = page;
  }

  void markReleased() {
    if (isReleased) {
      throw new IllegalStateException("the span was already given back");
    }
    isReleased = true;
  }
}
