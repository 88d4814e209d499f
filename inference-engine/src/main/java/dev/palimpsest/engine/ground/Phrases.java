package dev.palimpsest.engine.ground;

import dev.palimpsest.engine.sample.TokenSet;
import dev.palimpsest.engine.token.TokenIds;
import java.util.ArrayList;
import java.util.List;

/**
 * The closed set of what may be said without a source: the refusal, and the phrases that join
 * spans. Their tokens stand one after the other; the places that a walk has reached are the bits of
 * a number. Immutable.
 */
final class Phrases {
  /** What joins spans. */
  static final List<String> CONNECTORS = List.of(",", " and", ".", ";");

  /** What is said where the sources hold no answer. */
  static final String REFUSAL = "I have no memory of that.";

  private static final String CLOSING = ".";

  /**
   * A phrase that joins spans.
   *
   * @param closes whether nothing need follow it
   */
  record Connector(TokenIds tokens, boolean closes) {}

  private final List<Connector> connectors = new ArrayList<>();
  private final TokenIds refusal;
  private final int[] tokens;
  private long finals;
  private long joins;
  private long joined;
  private long closed;

  /**
   * Spells the phrases; a connector that the vocabulary cannot say is left out.
   *
   * @throws IllegalArgumentException if it cannot say the refusal
   */
  Phrases(Speller speller) {
    TokenIds spelled = speller.afterSpace(REFUSAL);
    if (spelled == null) {
      throw new IllegalArgumentException("the vocabulary has no words for the refusal");
    }
    refusal = spelled;
    TokenIds all = refusal;
    finals = closed = 1L << (refusal.size() - 1);
    for (String text : CONNECTORS) {
      TokenIds connector = speller.afterWord(text);
      if (connector != null) {
        joins |= 1L << all.size();
        all = all.concat(connector);
        long last = 1L << (all.size() - 1);
        finals |= last;
        joined |= last;
        closed |= text.equals(CLOSING) ? last : 0;
        connectors.add(new Connector(connector, text.equals(CLOSING)));
      }
    }
    tokens = all.copy();
  }

  /** The refusal's tokens. */
  TokenIds refusal() {
    return refusal;
  }

  /** The phrases that join. */
  List<Connector> connectors() {
    return connectors;
  }

  /** The place where the refusal begins. */
  long atRefusal() {
    return 1;
  }

  /** The places where the phrases begin that join. */
  long atJoins() {
    return joins;
  }

  /** Adds the tokens at these places. */
  void allow(long at, TokenSet next) {
    for (long left = at; left != 0; left &= left - 1) {
      next.add(tokens[Long.numberOfTrailingZeros(left)]);
    }
  }

  /** Those of the places whose token is this one. */
  long hits(long at, int token) {
    long hits = 0;
    for (long left = at; left != 0; left &= left - 1) {
      int place = Long.numberOfTrailingZeros(left);
      hits |= tokens[place] == token ? 1L << place : 0;
    }
    return hits;
  }

  /** The places after those that were hit, where a phrase goes on. */
  long after(long hits) {
    return (hits & ~finals) << 1;
  }

  /** Whether one of these completes a phrase after which a span may begin. */
  boolean join(long hits) {
    return (hits & joined) != 0;
  }

  /** Whether one of these completes a phrase after which nothing need follow. */
  boolean close(long hits) {
    return (hits & closed) != 0;
  }
}
