package dev.palimpsest.engine.kv;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.token.TokenIds;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Finds pages again by the tokens that led to them, so that sequences which begin alike hold the
 * same pages and compute them once. A tree for each salt: every node is one full page, reached over
 * the exact tokens of all pages before it, so that nothing rests on a hash being unique. Whoever
 * does not know a salt finds nothing under it, not even how long it takes.
 *
 * <p>Pages that no sequence holds stay as long as their room is not needed; the longest unused goes
 * first, and always the end of a path before its beginning. Pages that are held stay known, because
 * giving them up makes no room: only where an idle page cannot be had otherwise those behind it are
 * forgotten as well.
 *
 * <p>Sequences of a model with recurrent states can only begin where a copy of the state is kept as
 * well, at the end of some page; without one they begin anew, whatever pages are known. For the
 * engine thread.
 */
public final class PrefixCache {
  private static final int PAGE = Attention.PAGE_TOKENS;
  private static final float LOAD_FACTOR = 0.75f;

  private final KvPool pool;
  private final @Nullable Checkpoints checkpoints;
  private final Map<String, Node> roots = new HashMap<>();

  /**
   * All nodes, the longest unused first. Whoever touches a node touches its ancestors after it, so
   * they come behind it.
   */
  private final LinkedHashMap<Node, Boolean> recency = new LinkedHashMap<>(64, LOAD_FACTOR, true);

  /** Finds nothing yet; for a model without states. */
  public PrefixCache(KvPool pool) {
    this(pool, null);
  }

  /** Finds nothing yet. */
  public PrefixCache(KvPool pool, @Nullable StatePool states) {
    this.pool = pool;
    this.checkpoints = states == null ? null : new Checkpoints(states);
  }

  /**
   * Pages for a sequence that begins.
   *
   * @param span all its pages; what is in the first ones is computed already and not to be changed
   * @param cachedTokens how many tokens those are; less than the prompt has
   * @param place where the sequence stands in the tree, for {@link #publish}
   * @param state the state after those tokens, or null where the model has none
   * @param knownTokens up to where all pages are known, though the state may not be: others began
   *     like this, and yet others may
   */
  public record Lease(
      PagedSpan span, int cachedTokens, Place place, @Nullable StateSlot state, int knownTokens) {}

  /**
   * Pages of a beginning, for a reader.
   *
   * @param span full pages
   * @param state the state after them, or null where the model has none
   */
  public record Held(PagedSpan span, @Nullable StateSlot state) {}

  /** How far the pages of a sequence are published. */
  public static final class Place {
    private final String salt;
    private @Nullable Node node;
    private int pages;
    private @Nullable Node passing;

    private Place(String salt) {
      this.salt = salt;
    }
  }

  /**
   * Holds pages for a sequence, those of the longest known beginning of its prompt among them, and
   * gives up idle ones where there is no room.
   *
   * @param salt keeps apart who may not learn of each other
   * @param capacity tokens that there is to be room for
   * @param spare pages that others could have afterwards
   * @return null where there is no room now
   */
  public @Nullable Lease lease(String salt, TokenIds prompt, int capacity, int spare) {
    List<Node> known = path(salt, prompt, (prompt.size() - 1) / PAGE);
    List<Node> path = usable(known);
    int[] pages = new int[KvLayout.pagesFor(capacity)];
    for (int i = 0; i < path.size(); i++) {
      pages[i] = path.get(i).page;
      pool.hold(pages[i]);
    }
    int fresh = pages.length - path.size();
    if (fresh + spare > room()) {
      path.forEach(node -> pool.letGo(node.page));
      return null;
    }
    StateSlot state = null;
    if (checkpoints != null) {
      state = checkpoints.begin(path.isEmpty() ? null : path.getLast());
      if (state == null) {
        path.forEach(node -> pool.letGo(node.page));
        return null;
      }
    }
    Place place = new Place(salt);
    place.pages = path.size();
    if (!path.isEmpty()) {
      place.node = path.getLast();
      touch(path.getLast());
    }
    makeFree(fresh);
    PagedSpan span = pool.span(pages, path.size());
    return new Lease(span, path.size() * PAGE, place, state, known.size() * PAGE);
  }

  /**
   * Pages for a sequence that goes on from something else than pages, and whose own are of no use
   * to others; of a model without states.
   *
   * @param past tokens before the pages
   * @param spare pages that others could have afterwards
   * @return null where there is no room now
   */
  public @Nullable Lease leaseBehind(int past, int capacity, int spare) {
    int pages = KvLayout.pagesFor(capacity - past);
    if (pages + spare > room()) {
      return null;
    }
    makeFree(pages);
    return new Lease(pool.span(new int[pages], 0), past, new Place(""), null, past);
  }

  /** Appends pages to a span, at most {@link #room}, and gives up idle ones for them. */
  public void grow(PagedSpan span, int pages) {
    makeFree(pages);
    pool.extend(span, pages);
  }

  /** Pages that can be had: what is free, and what is kept while its room is not needed. */
  public int room() {
    return pool.freePages() + pool.idlePages();
  }

  private void makeFree(int pages) {
    Iterator<Node> oldest = recency.keySet().iterator();
    while (pool.freePages() < pages && oldest.hasNext()) {
      Node node = oldest.next();
      if (node.children.isEmpty() && pool.isIdle(node.page)) {
        oldest.remove();
        cutOff(node);
      }
    }
    while (pool.freePages() < pages) {
      // Held pages are behind the last idle ones: those of who computed the beginning once more.
      Node node = oldestIdle();
      int ignored = forgetBehind(node);
      Boolean known = recency.remove(node);
      assert known != null;
      cutOff(node);
    }
  }

  private Node oldestIdle() {
    return recency.keySet().stream()
        .filter(node -> pool.isIdle(node.page))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no page is left to give up"));
  }

  /** Stores what is left of a stretch, and gives up idle pages for it; null without room. */
  public @Nullable CompactedSpan store(int tokens, List<HeadKeys> heads) {
    CompactedSpan span = pool.compacted().store(tokens, heads);
    while (span == null && pool.idlePages() > 0) {
      makeFree(pool.freePages() + 1);
      span = pool.compacted().store(tokens, heads);
    }
    return span;
  }

  /** As much of a path as a sequence can go on from. */
  private List<Node> usable(List<Node> path) {
    int usable = path.size();
    while (checkpoints != null && usable > 0 && !checkpoints.has(path.get(usable - 1))) {
      usable--;
    }
    return path.subList(0, usable);
  }

  /**
   * Keeps a copy of a sequence's state for those that begin like it, if all pages up to there are
   * known and there is room.
   *
   * @param tokens how many tokens the state knows
   * @param isPassing the copy takes the place of the last one that was passing
   */
  public void keepState(Place place, StateSlot state, int tokens, boolean isPassing) {
    Node node = place.node;
    boolean isThere = node != null && !node.isEvicted && place.pages * PAGE == tokens;
    if (checkpoints == null || node == null || !isThere) {
      return;
    }
    Node passed = place.passing;
    if (isPassing && passed != null) {
      checkpoints.drop(passed);
    }
    boolean isNew = checkpoints.keep(node, state);
    if (isPassing) {
      place.passing = isNew ? node : null;
    }
  }

  /**
   * Makes the pages that a sequence has filled known to those that begin like it. Where another
   * sequence was first, its page stays the known one.
   *
   * @param tokens the sequence's, by position
   * @param computed how many of them have their keys and values in the span
   */
  public void publish(Place place, PagedSpan span, IntUnaryOperator tokens, int computed) {
    while ((place.pages + 1) * PAGE <= computed) {
      Node parent = place.node;
      if (parent == null) {
        parent = roots.computeIfAbsent(place.salt, Node::root);
      } else if (parent.isEvicted) {
        return;
      }
      Block block = Block.of(tokens, place.pages * PAGE);
      Node child = parent.children.get(block);
      if (child == null) {
        child = new Node(place.salt, parent, block, span.page(place.pages));
        pool.keep(child.page);
        Node other = parent.children.put(block, child);
        assert other == null;
      }
      touch(child);
      place.node = child;
      place.pages++;
    }
  }

  /**
   * Holds the pages of the longest known beginning of these tokens, full ones, for somebody who
   * reads them, and the state; the pools take both back.
   *
   * @return null where nothing of it is known
   */
  public @Nullable Held hold(String salt, TokenIds tokens) {
    List<Node> path = usable(path(salt, tokens, tokens.size() / PAGE));
    if (path.isEmpty()) {
      return null;
    }
    touch(path.getLast());
    int[] pages = new int[path.size()];
    for (int i = 0; i < pages.length; i++) {
      pages[i] = path.get(i).page;
      pool.hold(pages[i]);
    }
    StateSlot state = checkpoints == null ? null : checkpoints.hold(path.getLast());
    return new Held(pool.span(pages, pages.length), state);
  }

  /**
   * Forgets all that is known under a salt. What sequences hold of it is free when they let go, and
   * is not made known again.
   *
   * @return how many pages were forgotten
   */
  public int forget(String salt) {
    Node root = roots.remove(salt);
    if (root == null) {
      return 0;
    }
    return forgetBehind(root);
  }

  private int forgetBehind(Node beginning) {
    int forgotten = 0;
    Deque<Node> left = new ArrayDeque<>(beginning.children.values());
    for (Node node = left.poll(); node != null; node = left.poll()) {
      left.addAll(node.children.values());
      Boolean known = recency.remove(node);
      assert known != null;
      drop(node);
      forgotten++;
    }
    return forgotten;
  }

  private void drop(Node node) {
    node.isEvicted = true;
    if (checkpoints != null) {
      checkpoints.drop(node);
    }
    pool.drop(node.page);
  }

  /** Pages that are known. */
  public int pages() {
    return recency.size();
  }

  /** A state of no tokens, to be filled; null where all slots are taken now. */
  public @Nullable StateSlot spareState() {
    return checkpoints == null ? null : checkpoints.begin(null);
  }

  /** States that are known. */
  public int states() {
    return checkpoints == null ? 0 : checkpoints.count();
  }

  /**
   * Checks that the states add up, given all that are out.
   *
   * @throws IllegalStateException naming what is wrong
   */
  public void checkInvariants(Collection<StateSlot> states) {
    if (checkpoints != null) {
      checkpoints.checkInvariants(states);
    }
  }

  /** The nodes of the longest known beginning, so many at most. */
  private List<Node> path(String salt, TokenIds tokens, int pagesMax) {
    List<Node> path = new ArrayList<>();
    Node node = roots.get(salt);
    while (node != null && path.size() < pagesMax) {
      node = node.children.get(Block.of(tokens::at, path.size() * PAGE));
      if (node != null) {
        path.add(node);
      }
    }
    return path;
  }

  private void touch(Node last) {
    for (Node node = last; node.parent != null; node = node.parent) {
      Boolean known = recency.get(node);
      if (known == null) {
        recency.put(node, true);
      }
    }
  }

  /** Takes a node without children out of the tree; its page is free unless a sequence holds it. */
  private void cutOff(Node node) {
    Node parent = Objects.requireNonNull(node.parent);
    Node removed = parent.children.remove(node.block);
    assert removed == node;
    drop(node);
    if (parent.parent == null && parent.children.isEmpty()) {
      boolean ignored = roots.remove(node.salt, parent);
    }
  }

  /** A page, reached over the pages of its ancestors; a root stands for no page. */
  private static final class Node {
    private static final int NO_PAGE = -1;

    private final String salt;
    private final @Nullable Node parent;
    private final Block block;
    private final int page;
    private final Map<Block, Node> children = new HashMap<>();
    private boolean isEvicted;

    private Node(String salt, @Nullable Node parent, Block block, int page) {
      this.salt = salt;
      this.parent = parent;
      this.block = block;
      this.page = page;
    }

    private static Node root(String salt) {
      return new Node(salt, null, new Block(new int[0]), NO_PAGE);
    }
  }

  /** The tokens of one page. */
  private static final class Block {
    private final int[] tokens;
    private final int hash;

    private Block(int[] tokens) {
      this.tokens = tokens;
      this.hash = Arrays.hashCode(tokens);
    }

    private static Block of(IntUnaryOperator tokens, int from) {
      int[] block = new int[PAGE];
      for (int i = 0; i < PAGE; i++) {
        block[i] = tokens.applyAsInt(from + i);
      }
      return new Block(block);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Block block && Arrays.equals(tokens, block.tokens);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
