package dev.palimpsest.engine.ground;

import dev.palimpsest.engine.token.TokenIds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads an output back into spans and phrases: as few pieces as possible, of those readings the one
 * with the least text from sources that are not cited, of those the one whose spans are longest
 * from the left. A span that stands at several places is read from the first. For one thread.
 */
final class Reading {
  private static final long NEVER = Long.MAX_VALUE / 4;
  private static final long PIECE = 1L << 32;

  private final Strands strands;
  private final SpanIndex index;
  private final Phrases phrases;
  private final TokenIds output;
  private final int[] borders;
  private final int cited;
  private final boolean isCut;

  /** Costs of what begins at a token: with a span, and with anything that may follow a span. */
  private final long[] spanCosts;

  private final long[] anyCosts;

  /** By token: where the best span from there ends, and its place. */
  private final int[] spanEnds;

  private final int[] spanPlaces;

  /** By token: where the best phrase from there ends, 0 where a span is better. */
  private final int[] phraseEnds;

  /**
   * Reads.
   *
   * @param borders where the tokens of the output begin and end in its text
   * @param cited how many sources, the first ones, are cited
   * @param isCut whether the output may break off within a span or a phrase
   */
  Reading(
      SpanIndex index, Phrases phrases, TokenIds output, int[] borders, int cited, boolean isCut) {
    this.strands = index.strands();
    this.index = index;
    this.phrases = phrases;
    this.output = output;
    this.borders = borders;
    this.cited = cited;
    this.isCut = isCut;
    int length = output.size();
    spanCosts = new long[length + 1];
    anyCosts = new long[length + 1];
    spanEnds = new int[length];
    spanPlaces = new int[length];
    phraseEnds = new int[length];
    Arrays.fill(spanCosts, 0, length, NEVER);
    for (int at = length - 1; at >= 0; at--) {
      readSpans(at);
      readPhrases(at);
    }
  }

  private void readSpans(int from) {
    int low = 0;
    int high = index.size();
    for (int at = from; at < output.size() && low < high; at++) {
      int length = at - from;
      low = index.firstFrom(low, high, length, output.at(at));
      high = index.firstFrom(low, high, length, output.at(at) + 1);
      int place = index.first(low, high, length + 1, isCut && at + 1 == output.size());
      if (place >= 0) {
        int free = strands.source(place) < cited ? 0 : border(at + 1) - border(from);
        offerSpan(from, at + 1, place, PIECE + free + anyCosts[at + 1]);
      }
    }
  }

  private void offerSpan(int from, int end, int place, long cost) {
    if (cost <= spanCosts[from]) {
      spanCosts[from] = cost;
      spanEnds[from] = end;
      spanPlaces[from] = place;
    }
  }

  private void readPhrases(int from) {
    anyCosts[from] = spanCosts[from];
    for (Phrases.Connector connector : phrases.connectors()) {
      int full = from + connector.tokens().size();
      int end = Math.min(output.size(), full);
      long cost = PIECE + spanCosts[end];
      // Half a phrase is rather a word of a source, if there is such a word.
      boolean isBest = end == full ? cost <= anyCosts[from] : cost < anyCosts[from];
      boolean mayEnd = end < output.size() || isCut || (end == full && connector.closes());
      if (isBest && mayEnd && isSaid(connector.tokens(), from, end)) {
        anyCosts[from] = cost;
        phraseEnds[from] = end;
      }
    }
  }

  private boolean isSaid(TokenIds phrase, int from, int end) {
    return output.slice(from, end).equals(phrase.slice(0, end - from));
  }

  /**
   * The spans with a source that is cited.
   *
   * @throws IllegalArgumentException if the output cannot be read
   */
  List<Citation> citations() {
    List<Citation> citations = new ArrayList<>();
    if (isRefusal()) {
      return citations;
    }
    if (spanCosts[0] >= NEVER) {
      throw new IllegalArgumentException("the output is not made of these sources");
    }
    int at = 0;
    while (at < output.size()) {
      if (at > 0 && phraseEnds[at] > 0) {
        at = phraseEnds[at];
      }
      if (at < output.size()) {
        cite(at, citations);
        at = spanEnds[at];
      }
    }
    return citations;
  }

  /** Also the beginning of the refusal, if the output was cut off in it and is nothing else. */
  private boolean isRefusal() {
    TokenIds refusal = phrases.refusal();
    boolean isWhole = output.size() == refusal.size();
    return (isWhole || spanCosts[0] >= NEVER)
        && output.size() <= refusal.size()
        && isSaid(refusal, 0, output.size());
  }

  private void cite(int from, List<Citation> citations) {
    int place = spanPlaces[from];
    int last = place + spanEnds[from] - from - 1;
    int begin = strands.begin(place);
    int end = strands.end(last);
    if (strands.source(place) < cited && begin < end) {
      int outputEnd = border(spanEnds[from]);
      citations.add(
          new Citation(outputEnd - (end - begin), outputEnd, strands.source(place), begin, end));
    }
  }

  /** A border inside a character counts as before it. */
  private int border(int token) {
    return borders[token] < 0 ? ~borders[token] : borders[token];
  }
}
