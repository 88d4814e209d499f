package dev.palimpsest.engine.schedule;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.AttentionMass;
import dev.palimpsest.engine.kv.KvCache;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.kv.PrefixCache;
import dev.palimpsest.engine.kv.StateSlot;
import dev.palimpsest.engine.model.QuerySample;
import dev.palimpsest.engine.token.TokenIds;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one generation, prompt and output, and how far their keys and values are computed;
 * where the model has recurrent states, the sequence's own, which knows just these tokens. It may
 * lose its pages and its state and be given others: then what they held is computed again, from
 * tokens that stay. For the engine thread.
 */
public final class Sequence {
  private static final int NO_LOGITS = -1;
  private static final int PAGE = Attention.PAGE_TOKENS;

  /**
   * The last tokens of a prompt open the answer, and a next turn may write them otherwise: the copy
   * of the state that is kept is taken before them.
   */
  static final int OPENING_TOKENS = 8;

  /** Of so many tokens of an answer it is noted for one what it looks at. */
  private static final int WEIGHED_EVERY = 8;

  private final String salt;
  private final int[] tokens;
  private final int promptLength;
  private final @Nullable CompactedPast past;
  private final int adapter;
  private PrefixCache.@Nullable Lease lease;
  private @Nullable KvCache cache;
  private @Nullable StateSlot state;
  private @Nullable StateSlot loadedState;
  private int leasedLength;
  private int cachedLength;
  private int length;
  private int computed;
  private int reached;
  private int scheduled;
  private int drafted;
  private @Nullable StateSlot stateBefore;
  private @Nullable QuerySample sample;
  private @Nullable AttentionMass mass;
  private int nextWeighed;
  private int logitRow = NO_LOGITS;
  private boolean isUnread;
  private boolean isLoading;
  private boolean isStalled;
  private boolean isForgotten;

  /**
   * A sequence without pages.
   *
   * @param salt under which its pages are known
   * @param past what it goes on from, null for nothing but pages
   * @param adapter which of the model's adapters it uses, negative for none
   * @param outputTokensMax how many tokens may be appended, at least 1
   */
  Sequence(
      String salt,
      @Nullable CompactedPast past,
      int adapter,
      TokenIds prompt,
      int outputTokensMax) {
    if (prompt.isEmpty() || outputTokensMax < 1) {
      throw new IllegalArgumentException(
          "a sequence has a prompt and room: " + prompt.size() + " and " + outputTokensMax);
    }
    promptLength = prompt.size();
    tokens = new int[Math.addExact(promptLength, outputTokensMax)];
    for (int i = 0; i < promptLength; i++) {
      tokens[i] = prompt.at(i);
    }
    length = promptLength;
    this.salt = salt;
    this.adapter = adapter;
    this.past = past;
  }

  /**
   * Takes pages for all its tokens that are not in the past, and a state.
   *
   * @return how many tokens of its prompt it never computed and now has
   */
  int hold(PrefixCache.Lease pages) {
    lease = pages;
    cache = past == null ? pages.span().alone() : KvCache.of(List.of(past.span(), pages.span()));
    state = pages.state();
    leasedLength = length;
    computed = pages.cachedTokens();
    int found = Math.max(0, computed - reached);
    cachedLength += found;
    reached += found;
    return found;
  }

  /** Has neither pages nor a state any more; the tokens stay, to be computed again. */
  void letGo() {
    lease = null;
    cache = null;
    state = null;
    computed = 0;
    isStalled = false;
  }

  /** Whether it has pages, for all of its tokens but the last at least. */
  boolean holdsPages() {
    return lease != null;
  }

  private PrefixCache.Lease lease() {
    if (lease == null) {
      throw new IllegalStateException("the sequence has no pages");
    }
    return lease;
  }

  /** Under which its pages are known. */
  String salt() {
    return salt;
  }

  /** Nothing of it is made known any more. */
  public void forget() {
    isForgotten = true;
  }

  /** Whether nothing of it may be remembered. */
  public boolean isForgotten() {
    return isForgotten;
  }

  /** Whether others may find what it computes: not what follows from a past that is not exact. */
  boolean isKnown() {
    return past == null && !isForgotten;
  }

  /** Tokens of the prompt. */
  public int promptLength() {
    return promptLength;
  }

  /** Tokens of the prompt that this sequence never computed: found in the cache, or loaded. */
  public int cachedLength() {
    return cachedLength;
  }

  /** Tokens so far, prompt and output. */
  public int length() {
    return length;
  }

  /** Tokens appended so far. */
  public int outputLength() {
    return length - promptLength;
  }

  /** Tokens of prompt and output together at most. */
  public int capacity() {
    return tokens.length;
  }

  /** Tokens whose keys and values are in the cache. */
  public int computed() {
    return computed;
  }

  /** The most tokens whose keys and values were in the cache at any time. */
  public int reached() {
    return reached;
  }

  private int pagesFor(int tokens) {
    return KvLayout.pagesFor(tokens - (past == null ? 0 : past.tokens().size()));
  }

  /** Pages that all of its present tokens need. */
  int pagesNeeded() {
    return pagesFor(length);
  }

  /** Pages that it may come to need; its last token is never computed. */
  int pagesMax() {
    return pagesFor(tokens.length - 1);
  }

  /** Pages that its tokens, and so many more, need beside those that it has. */
  int pagesMissing(int more) {
    return Math.max(0, pagesFor(length + more) - span().pageCount());
  }

  /**
   * The row of the last batch's logits that belongs to this sequence, negative if none does; those
   * of its drafted tokens follow it.
   */
  public int logitRow() {
    return logitRow;
  }

  /** While it is not read a sequence is left out of batches. */
  public void unread(boolean unread) {
    isUnread = unread;
  }

  /** Whether nobody reads it. */
  boolean isUnread() {
    return isUnread;
  }

  /** Without a page for its last token a sequence is left out of batches. */
  void stall(boolean stalled) {
    isStalled = stalled;
  }

  /** Whether somebody fills its pages, see {@link Scheduler#beginLoading}. */
  public boolean isLoading() {
    return isLoading;
  }

  /** Its pages, borrowed while it has them. */
  public PagedSpan span() {
    return lease().span();
  }

  /** What it goes on from beside its pages, null where that is nothing. */
  @Nullable CompactedPast past() {
    return past;
  }

  /** Its keys and values, borrowed while it has them. */
  KvCache cache() {
    return Objects.requireNonNull(cache);
  }

  /** Has the queries of its tokens taken into a sample, as they are computed first. */
  public void sample(@Nullable QuerySample into) {
    sample = into;
  }

  /** Who takes the queries of a token; nobody where they were taken before. */
  @Nullable QuerySample sampleAt(int position) {
    return position < reached ? null : sample;
  }

  /** Has it noted what some of the tokens look at that the answer is made of. */
  public void weigh(@Nullable AttentionMass into) {
    mass = into;
  }

  /**
   * Who takes note of what a token looks at: of the one before the answer, and then of one in
   * {@value #WEIGHED_EVERY} at most; always the last one alone, so that no two threads add at once.
   */
  @Nullable AttentionMass massAt(int position) {
    if (mass == null || position < nextWeighed || position != length - 1) {
      return null;
    }
    nextWeighed = position + WEIGHED_EVERY;
    return mass;
  }

  /** Its state, borrowed while it has it; null where the model has none. */
  public @Nullable StateSlot state() {
    return state;
  }

  /** The last end of a page before the prompt opens the answer. */
  private int promptEnd() {
    return Math.max(0, promptLength - OPENING_TOKENS) / PAGE * PAGE;
  }

  /**
   * Rows that the next batch may have of it at most: with a state no more than up to where a copy
   * is to be taken.
   */
  int rowsMax() {
    int rows = uncomputed();
    if (state == null) {
      return rows;
    }
    int end = (computed / PAGE + 1) * PAGE;
    while (end < length && !isCheckpoint(end)) {
      end += PAGE;
    }
    return Math.min(rows, end - computed);
  }

  /**
   * Copies are taken where others are known to go another way, at the prompt's end, and at the end
   * of every page from there on; of those that are computed again only at the last.
   */
  private boolean isCheckpoint(int tokens) {
    boolean isPlace = tokens == junction() || tokens == promptEnd();
    int passing = Math.max(promptEnd(), (leasedLength - 1) / PAGE * PAGE);
    return tokens % PAGE == 0 && (isPlace || tokens >= passing);
  }

  private int junction() {
    return lease().knownTokens();
  }

  /** Whether a copy of its state is to be taken now. */
  boolean isAtCheckpoint() {
    return state != null && computed > 0 && isCheckpoint(computed);
  }

  /** Whether that copy is of use only until the end of the next page. */
  boolean isPassing() {
    return computed > promptEnd() && computed != junction();
  }

  /** Which of the model's adapters it uses, negative for none. */
  int adapter() {
    return adapter;
  }

  /** All of its tokens so far. */
  TokenIds tokens() {
    return TokenIds.of(Arrays.copyOf(tokens, length));
  }

  /** The output so far. */
  public TokenIds output() {
    return TokenIds.of(Arrays.copyOfRange(tokens, promptLength, length));
  }

  /** Tokens behind the last one that are guessed and part of the present step. */
  public int drafted() {
    return drafted;
  }

  /**
   * One of them, counted from the end of the sequence: when tokens are appended that were guessed,
   * the next guess is always the first.
   */
  public int guess(int index) {
    return tokens[length + index];
  }

  /**
   * Takes guesses for the next step.
   *
   * @param before a copy of the state, to go back to; null where the model has none
   */
  void draft(int[] guesses, int count, @Nullable StateSlot before) {
    System.arraycopy(guesses, 0, tokens, length, count);
    drafted = count;
    stateBefore = before;
  }

  /**
   * Most tokens that may be guessed: one less than may be appended, no more than there are pages
   * for, and with a state no more than up to where a copy may be wanted.
   *
   * @param pages that it may take for them
   */
  int draftsMax(int pages) {
    int there = cache().capacityTokens() - length + pages * PAGE;
    int room = Math.min(tokens.length - length - 1, there);
    return state == null ? room : Math.min(room, PAGE - 1 - computed % PAGE);
  }

  /**
   * The step's guesses were judged. Where the state has seen wrong ones the sequence goes back to
   * the one before the step; returns the state that is of no use any more.
   *
   * @param accepted how many of them came true; the tokens are appended by now
   */
  @Nullable StateSlot settle(int accepted) {
    StateSlot useless = stateBefore;
    if (state != null && accepted < drafted) {
      useless = state;
      state = stateBefore;
      computed--;
    } else {
      computed += accepted;
    }
    reached = computed;
    drafted = 0;
    stateBefore = null;
    return useless;
  }

  /** Appends a token that was chosen. */
  public void append(int token) {
    tokens[length++] = token;
  }

  /** Rows of the last batch that were no guesses and are not counted yet. */
  int scheduled() {
    return scheduled;
  }

  /** Counts them. */
  void markComputed() {
    computed += scheduled;
    reached = Math.max(reached, computed);
    scheduled = 0;
  }

  /** The state that is being filled, borrowed while it is; null where the model has none. */
  public @Nullable StateSlot loadedState() {
    return loadedState;
  }

  /**
   * @param target a state to be filled beside its own, which it goes on with if that fails
   */
  void beginLoading(@Nullable StateSlot target) {
    isLoading = true;
    loadedState = target;
  }

  /** Takes what was filled where that is more; returns the state that is of no use any more. */
  @Nullable StateSlot endLoading(int tokens) {
    isLoading = false;
    StateSlot useless = loadedState;
    loadedState = null;
    if (tokens > computed) {
      cachedLength = tokens;
      computed = tokens;
      reached = tokens;
      StateSlot filled = useless;
      useless = state;
      state = filled;
    }
    return useless;
  }

  /** Whether it is left out of batches now. */
  public boolean isPaused() {
    return isUnread || isLoading || isStalled || lease == null;
  }

  boolean isDecoding() {
    return computed == length - 1;
  }

  int uncomputed() {
    return length - computed;
  }

  /** One of its tokens. */
  public int token(int position) {
    return tokens[position];
  }

  /** The last one. */
  public int lastToken() {
    return tokens[length - 1];
  }

  void scheduled(int rows, int logits) {
    scheduled = rows;
    logitRow = logits;
  }

  void unscheduled() {
    scheduled(0, NO_LOGITS);
  }

  /**
   * Checks that it has pages for what is computed, and computes no more than it has.
   *
   * @throws IllegalStateException naming what is wrong
   */
  void checkInvariants() {
    boolean isHeld = holdsPages() ? !span().isReleased() : computed == 0 && state == null;
    if (!isHeld || (holdsPages() && cache().capacityTokens() < computed)) {
      throw new IllegalStateException("a sequence has lost its pages");
    }
    if (computed > reached || reached > length || length > tokens.length) {
      throw new IllegalStateException(
          computed
              + " computed, "
              + reached
              + " at some time, "
              + length
              + " tokens, room for "
              + tokens.length);
    }
  }

  PrefixCache.Place place() {
    return lease().place();
  }
}
