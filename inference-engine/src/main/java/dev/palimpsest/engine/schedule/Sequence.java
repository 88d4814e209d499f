package dev.palimpsest.engine.schedule;

import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.kv.PrefixCache;
import dev.palimpsest.engine.token.TokenIds;

/**
 * The tokens of one generation, prompt and output, and how far their keys and values are computed.
 * For the engine thread.
 */
public final class Sequence {
  private static final int NO_LOGITS = -1;

  private final int[] tokens;
  private final int promptLength;
  private final PagedSpan span;
  private final PrefixCache.Place place;
  private final int adapter;
  private int cachedLength;
  private int length;
  private int computed;
  private int scheduled;
  private int logitRow = NO_LOGITS;
  private boolean isPaused;
  private boolean isLoading;

  /**
   * @param outputTokensMax how many tokens may be appended, at least 1
   * @param adapter which of the model's adapters it uses, negative for none
   * @param lease pages for all of them
   */
  Sequence(TokenIds prompt, int outputTokensMax, int adapter, PrefixCache.Lease lease) {
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
    place = lease.place();
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

  /** The row of the last batch's logits that belongs to this sequence, negative if none does. */
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

  /** Which of the model's adapters it uses, negative for none. */
  int adapter() {
    return adapter;
  }

  /** The output so far. */
  public TokenIds output() {
    return TokenIds.of(java.util.Arrays.copyOfRange(tokens, promptLength, length));
  }

  /** Appends a token that was chosen. */
  public void append(int token) {
    tokens[length++] = token;
  }

  void markComputed() {
    computed += scheduled;
    scheduled = 0;
  }

  void beginLoading() {
    isLoading = true;
  }

  void endLoading(int tokens) {
    isLoading = false;
    if (tokens > computed) {
      cachedLength = tokens;
      computed = tokens;
    }
  }

  boolean isPaused() {
    return isPaused || isLoading;
  }

  boolean isDecoding() {
    return computed == length - 1;
  }

  int uncomputed() {
    return length - computed;
  }

  int token(int position) {
    return tokens[position];
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
