package dev.palimpsest.engine.schedule;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.kv.KvCache;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.kv.PrefixCache;
import dev.palimpsest.engine.kv.StateSlot;
import dev.palimpsest.engine.model.QuerySample;
import dev.palimpsest.engine.token.TokenIds;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one generation, prompt and output, and how far their keys and values are computed;
 * where the model has recurrent states, the sequence's own, which knows just these tokens. For the
 * engine thread.
 */
public final class Sequence {
  private static final int NO_LOGITS = -1;
  private static final int PAGE = Attention.PAGE_TOKENS;

  /**
   * The last tokens of a prompt open the answer, and a next turn may write them otherwise: the copy
   * of the state that is kept is taken before them.
   */
  static final int OPENING_TOKENS = 8;

  private final int[] tokens;
  private final int promptLength;
  private final PagedSpan span;
  private final @Nullable CompactedPast past;
  private final KvCache cache;
  private final PrefixCache.Place place;
  private final int junction;
  private @Nullable StateSlot state;
  private @Nullable StateSlot loadedState;
  private final int adapter;
  private int cachedLength;
  private int length;
  private int computed;
  private int scheduled;
  private int drafted;
  private @Nullable StateSlot stateBefore;
  private @Nullable QuerySample sample;
  private int logitRow = NO_LOGITS;
  private boolean isPaused;
  private boolean isLoading;

  /**
   * @param outputTokensMax how many tokens may be appended, at least 1
   * @param adapter which of the model's adapters it uses, negative for none
   * @param past what it goes on from, null for nothing but pages
   * @param lease pages for all tokens that are not in the past
   */
  Sequence(
      TokenIds prompt,
      int outputTokensMax,
      int adapter,
      @Nullable CompactedPast past,
      PrefixCache.Lease lease) {
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
    this.adapter = adapter;
    span = lease.span();
    this.past = past;
    cache = past == null ? span.alone() : KvCache.of(List.of(past.span(), span));
    place = lease.place();
    state = lease.state();
    junction = lease.knownTokens();
    cachedLength = lease.cachedTokens();
    computed = cachedLength;
  }

  /** Tokens of the prompt. */
  public int promptLength() {
    return promptLength;
  }

  /** Tokens of the prompt that this sequence did not compute: found in the cache, or loaded. */
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

  /**
   * The row of the last batch's logits that belongs to this sequence, negative if none does; those
   * of its drafted tokens follow it.
   */
  public int logitRow() {
    return logitRow;
  }

  /** A paused sequence keeps its pages and is left out of batches. */
  public void pause(boolean paused) {
    isPaused = paused;
  }

  /** Whether somebody fills its pages, see {@link Scheduler#beginLoading}. */
  public boolean isLoading() {
    return isLoading;
  }

  /** Its pages, borrowed until the sequence is finished. */
  public PagedSpan span() {
    return span;
  }

  /** What it goes on from beside its pages, null where that is nothing. */
  @Nullable CompactedPast past() {
    return past;
  }

  /** Its keys and values, borrowed until the sequence is finished. */
  KvCache cache() {
    return cache;
  }

  /** Has the queries of its tokens taken into a sample, as they are computed. */
  public void sample(@Nullable QuerySample into) {
    sample = into;
  }

  @Nullable QuerySample sample() {
    return sample;
  }

  /** Its state, borrowed until the sequence is finished; null where the model has none. */
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
   * of every page from there on.
   */
  private boolean isCheckpoint(int tokens) {
    return tokens % PAGE == 0 && (tokens == junction || tokens >= promptEnd());
  }

  /** Whether a copy of its state is to be taken now. */
  boolean isAtCheckpoint() {
    return state != null && computed > 0 && isCheckpoint(computed);
  }

  /** Whether that copy is of use only until the end of the next page. */
  boolean isPassing() {
    return computed > promptEnd() && computed != junction;
  }

  /** Which of the model's adapters it uses, negative for none. */
  int adapter() {
    return adapter;
  }

  /** The output so far. */
  public TokenIds output() {
    return TokenIds.of(java.util.Arrays.copyOfRange(tokens, promptLength, length));
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
   * Most tokens that may be guessed: one less than may be appended, and with a state no more than
   * up to where a copy may be wanted.
   */
  int draftsMax() {
    int room = tokens.length - length - 1;
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
    drafted = 0;
    stateBefore = null;
    return useless;
  }

  /** Appends a token that was chosen. */
  public void append(int token) {
    tokens[length++] = token;
  }

  /** Counts the rows of the last batch that were no guesses; says whether there were any. */
  boolean markComputed() {
    boolean isNew = scheduled > 0;
    computed += scheduled;
    scheduled = 0;
    return isNew;
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
      StateSlot filled = useless;
      useless = state;
      state = filled;
    }
    return useless;
  }

  /** Whether it is left out of batches now. */
  public boolean isPaused() {
    return isPaused || isLoading;
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

  PrefixCache.Place place() {
    return place;
  }
}
