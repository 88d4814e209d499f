package dev.palimpsest.engine.kv;

import dev.palimpsest.engine.backend.Tiles;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys and values of a sequence: spans, each of the tokens that follow those of the one before.
 * The last one is paged and has room for what comes; paged ones before it are full. Attention runs
 * over the compacted ones first and then over the pages in their order. Immutable; borrows the
 * spans.
 */
public final class KvCache {
  private final List<KvSpan> spans;
  private final List<PagedSpan> paged = new ArrayList<>();
  private final PagedSpan open;
  private final int openFrom;
  private final int closedTokens;
  private final Tiles tiles;

  /** A cache of pages only. */
  KvCache(PagedSpan only) {
    spans = List.of(only);
    paged.add(only);
    open = only;
    openFrom = 0;
    closedTokens = 0;
    tiles = Tiles.NONE;
  }

  /** A cache of spans in the order of their tokens. */
  public static KvCache of(List<KvSpan> spans) {
    return spans.size() == 1 && spans.getFirst() instanceof PagedSpan only
        ? only.alone()
        : new KvCache(spans);
  }

  private KvCache(List<KvSpan> spans) {
    this.spans = List.copyOf(spans);
    if (!(this.spans.getLast() instanceof PagedSpan last)) {
      throw new IllegalArgumentException("what comes needs pages");
    }
    List<Tiles> compacted = new ArrayList<>();
    int before = 0;
    int pagedBefore = 0;
    for (KvSpan span : this.spans) {
      switch (span) {
        case PagedSpan pages -> {
          paged.add(pages);
          pagedBefore += span == last ? 0 : pages.capacityTokens();
        }
        case CompactedSpan shorter -> compacted.add(shorter.tiles());
      }
      before += span == last ? 0 : span.capacityTokens();
    }
    open = last;
    openFrom = before;
    closedTokens = pagedBefore;
    tiles = compacted.size() == 1 ? compacted.getFirst() : Tiles.joined(compacted);
  }

  /** The spans. */
  public List<KvSpan> spans() {
    return spans;
  }

  /** The paged ones among them; the last one is {@link #open}. */
  public List<PagedSpan> paged() {
    return paged;
  }

  /** Where keys and values of tokens that come are written. */
  public PagedSpan open() {
    return open;
  }

  /** What of it was compacted. */
  public Tiles tiles() {
    return tiles;
  }

  /** Which token of {@link #open} has a position of the sequence; negative before it. */
  public int slot(int position) {
    return position - openFrom;
  }

  /** Tokens on pages up to a position of {@link #open}, itself included. */
  public int pagedTokens(int position) {
    return closedTokens + slot(position) + 1;
  }

  /** Positions of the sequence that there are at most. */
  public int capacityTokens() {
    return openFrom + open.capacityTokens();
  }
}
