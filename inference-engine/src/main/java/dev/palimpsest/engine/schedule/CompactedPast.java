package dev.palimpsest.engine.schedule;

import dev.palimpsest.engine.kv.CompactedSpan;
import dev.palimpsest.engine.token.TokenIds;

/**
 * A beginning whose cache was compacted: sequences may go on from it as if it had been computed,
 * and share its span. What it stands for is still known token by token, so a sequence that begins
 * with the same tokens and not with this has the exact cache. For any thread; the span is for the
 * engine thread.
 */
public final class CompactedPast {
  private final String salt;
  private final TokenIds tokens;
  private final CompactedSpan span;
  private volatile boolean isGivenUp;
  private volatile boolean isForgotten;

  CompactedPast(String salt, TokenIds tokens, CompactedSpan span) {
    if (tokens.size() != span.capacityTokens()) {
      throw new IllegalArgumentException(
          "a span of " + span.capacityTokens() + " tokens for " + tokens.size());
    }
    this.salt = salt;
    this.tokens = tokens;
    this.span = span;
  }

  /** Who may go on from it. */
  public String salt() {
    return salt;
  }

  /** The tokens that it stands for. */
  public TokenIds tokens() {
    return tokens;
  }

  /** Bytes that it takes of the cache. */
  public long bytes() {
    return span.bytes();
  }

  /**
   * Whether it is still there; what is asked to go on from it when it is not is computed exactly.
   */
  public boolean isKept() {
    return !isGivenUp;
  }

  CompactedSpan span() {
    return span;
  }

  void giveUp() {
    isGivenUp = true;
  }

  /**
   * Whether it was given up because all under its salt was forgotten: then what is asked to go on
   * from it makes nothing known to others.
   */
  public boolean isForgotten() {
    return isForgotten;
  }

  void forget() {
    isForgotten = true;
  }

  /** Whether a prompt begins with it and goes on. */
  public boolean isBeginningOf(TokenIds prompt) {
    return prompt.size() > tokens.size() && prompt.slice(0, tokens.size()).equals(tokens);
  }
}
