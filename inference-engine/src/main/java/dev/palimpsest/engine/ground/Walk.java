package dev.palimpsest.engine.ground;

import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenSet;
import dev.palimpsest.engine.token.Vocabulary;
import java.util.Arrays;

/**
 * All ways in which the tokens so far can be read at once: spans that are being copied, each with
 * the places where it may stand, and phrases that are being said. For one thread.
 */
final class Walk implements TokenConstraint {
  private final SpanIndex index;
  private final Phrases phrases;
  private final Vocabulary vocabulary;
  private final int[] endings;
  private int[] lows = new int[4];
  private int[] highs = new int[4];
  private int[] lengths = new int[4];
  private int spans;
  private long saying;
  private boolean mayStart = true;
  private boolean mayEnd;

  Walk(SpanIndex index, Phrases phrases, Vocabulary vocabulary, int[] endings) {
    this.index = index;
    this.phrases = phrases;
    this.vocabulary = vocabulary;
    this.endings = endings;
    this.saying = phrases.atRefusal();
  }

  @Override
  public void allow(TokenSet next) {
    for (int i = 0; i < spans; i++) {
      index.allow(lows[i], highs[i], lengths[i], next);
    }
    phrases.allow(saying, next);
    if (mayStart) {
      index.allow(0, index.size(), 0, next);
    }
    for (int i = 0; mayEnd && i < endings.length; i++) {
      next.add(endings[i]);
    }
  }

  @Override
  public void accept(int token) {
    if (mayEnd && vocabulary.isEndOfGeneration(token)) {
      over();
      return;
    }
    narrow(token);
    if (mayStart) {
      start(token);
    }
    long hits = phrases.hits(saying, token);
    boolean isWhole = isWhole();
    saying = phrases.after(hits) | (isWhole ? phrases.atJoins() : 0);
    mayStart = phrases.join(hits);
    mayEnd = isWhole || phrases.close(hits);
    if (spans == 0 && saying == 0 && !mayStart && !mayEnd) {
      throw new IllegalArgumentException("token " + token + " was not allowed");
    }
  }

  private void over() {
    spans = 0;
    saying = 0;
    mayStart = false;
    mayEnd = false;
  }

  /** Leaves of each span the places where it goes on with the token. */
  private void narrow(int token) {
    int left = 0;
    for (int i = 0; i < spans; i++) {
      int low = index.firstFrom(lows[i], highs[i], lengths[i], token);
      int high = index.firstFrom(low, highs[i], lengths[i], token + 1);
      if (low < high) {
        set(left++, low, high, lengths[i] + 1);
      }
    }
    spans = left;
  }

  /**
   * Begins a span, at the start or after a phrase. A longer one that could everywhere be read as
   * ending before it is dropped: it goes on in no way that the new one does not, so that there is
   * seldom more than one.
   */
  private void start(int token) {
    int low = index.firstFrom(0, index.size(), 0, token);
    int high = index.firstFrom(low, index.size(), 0, token + 1);
    if (low == high) {
      return;
    }
    int left = 0;
    for (int i = 0; i < spans; i++) {
      if (!index.mayAllStartAtLast(lows[i], highs[i], lengths[i])) {
        set(left++, lows[i], highs[i], lengths[i]);
      }
    }
    spans = left;
    if (spans == lows.length) {
      lows = Arrays.copyOf(lows, 2 * spans);
      highs = Arrays.copyOf(highs, 2 * spans);
      lengths = Arrays.copyOf(lengths, 2 * spans);
    }
    set(spans++, low, high, 1);
  }

  private void set(int span, int low, int high, int length) {
    lows[span] = low;
    highs[span] = high;
    lengths[span] = length;
  }

  private boolean isWhole() {
    for (int i = 0; i < spans; i++) {
      if (index.mayEnd(lows[i], highs[i], lengths[i])) {
        return true;
      }
    }
    return false;
  }
}
