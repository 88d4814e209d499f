package dev.palimpsest.engine.draft;

import dev.palimpsest.engine.token.TokenIds;

/**
 * What was generated earlier, as something to draft from. Bounded: when there is too much, the
 * older half is forgotten. For the engine thread.
 */
public final class Phrases {
  /** Stands between two texts; no token has this id, so that no draft goes from one to the next. */
  private static final int BORDER = -1;

  private final int tokensMax;
  private SuffixAutomaton texts = new SuffixAutomaton();
  private int age;

  /**
   * @param tokensMax how many tokens are remembered at most
   */
  public Phrases(int tokensMax) {
    if (tokensMax < 2) {
      throw new IllegalArgumentException("phrases have room for 2 tokens, not for " + tokensMax);
    }
    this.tokensMax = tokensMax;
  }

  /** Remembers a text, of a long one its end. */
  public void add(TokenIds text) {
    int from = Math.max(0, text.size() - tokensMax / 2);
    if (texts.size() + text.size() - from + 1 > tokensMax) {
      forget();
    }
    for (int i = from; i < text.size(); i++) {
      texts.append(text.at(i));
    }
    texts.append(BORDER);
  }

  /** Tokens that are remembered, borders between texts among them. */
  public int tokens() {
    return texts.size();
  }

  private void forget() {
    SuffixAutomaton old = texts;
    texts = new SuffixAutomaton();
    age++;
    int from = old.size() / 2;
    while (from < old.size() && old.token(from) != BORDER) {
      from++;
    }
    for (int i = from + 1; i < old.size(); i++) {
      texts.append(old.token(i));
    }
  }

  /** A place in the phrases that moves on with a sequence. */
  final class Reader {
    private int readerAge = age;
    private int state = SuffixAutomaton.ROOT;
    private int matched;

    /** Moves on to the longest string that ends with this token and stands in the phrases. */
    void read(int token) {
      if (readerAge != age) {
        readerAge = age;
        state = SuffixAutomaton.ROOT;
        matched = 0;
      }
      int next = texts.next(state, token);
      while (next < 0 && state != SuffixAutomaton.ROOT) {
        state = texts.link(state);
        matched = texts.length(state);
        next = texts.next(state, token);
      }
      if (next >= 0) {
        state = next;
        matched++;
      }
    }

    /** Length of what was found, in tokens. */
    int matched() {
      return readerAge == age ? matched : 0;
    }

    /** What followed it, so many tokens at most; returns how many there are. */
    int following(int[] into, int most) {
      int end = texts.end(state);
      int count = 0;
      while (count < most
          && end + 1 + count < texts.size()
          && texts.token(end + 1 + count) != BORDER) {
        into[count] = texts.token(end + 1 + count);
        count++;
      }
      return count;
    }
  }
}
