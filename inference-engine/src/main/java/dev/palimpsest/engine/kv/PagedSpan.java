package dev.palimpsest.engine.kv;

import dev.palimpsest.engine.backend.Attention;

/**
 * Pages of a {@link KvPool} in the order of the tokens they hold, every head of the same length.
 * Belongs to one sequence until it is given back; for the engine thread.
 */
public final class PagedSpan implements KvSpan {
  private final int[] pages;
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

  void markReleased() {
    if (isReleased) {
      throw new IllegalStateException("the span was already given back");
    }
    isReleased = true;
  }
}
