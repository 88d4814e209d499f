package dev.palimpsest.engine.ground;

import dev.palimpsest.engine.sample.TokenSet;
import java.util.Arrays;

/**
 * The places where spans begin, sorted by the tokens that follow: all places from which the same
 * tokens can be copied are neighbours, so that a set of them is two numbers. (A suffix array of the
 * word beginnings. A suffix automaton would find substrings wherever they begin, and every state of
 * it would need a list of the occurrences that begin at a word.) Immutable.
 */
final class SpanIndex {
  private static final int PLACE_BITS = 21;

  private final Strands strands;
  private final int[] places;

  /**
   * Sorts; O(n log² n) for n tokens.
   *
   * @throws IllegalArgumentException for two million tokens or more
   */
  SpanIndex(Strands strands) {
    this.strands = strands;
    if (strands.size() >= 1 << PLACE_BITS) {
      throw new IllegalArgumentException(strands.size() + " tokens are too many to copy from");
    }
    this.places = Arrays.stream(sorted(strands)).filter(strands::isStart).toArray();
  }

  /** All places by the tokens from there to the end of their strand: ranks by prefix doubling. */
  private static int[] sorted(Strands strands) {
    int count = strands.size();
    int[] ranks = new int[count];
    Arrays.setAll(ranks, i -> strands.token(i) + 1);
    long[] keys = new long[count];
    // Beyond the end of a strand the order means nothing: no span goes there.
    for (int length = 1, different = -1; different < count; length *= 2) {
      for (int i = 0; i < count; i++) {
        long second = i + length < count ? ranks[i + length] : 0;
        keys[i] = ((long) ranks[i] << PLACE_BITS | second) << PLACE_BITS | i;
      }
      Arrays.sort(keys);
      different = rank(keys, ranks);
    }
    int[] order = new int[count];
    Arrays.setAll(order, i -> place(keys[i]));
    return order;
  }

  /** Numbers the sorted keys from 1, equal ones alike; returns how many differ. */
  private static int rank(long[] keys, int[] ranks) {
    int rank = 0;
    for (int i = 0; i < keys.length; i++) {
      if (i == 0 || keys[i] >>> PLACE_BITS != keys[i - 1] >>> PLACE_BITS) {
        rank++;
      }
      ranks[place(keys[i])] = rank;
    }
    return rank;
  }

  private static int place(long key) {
    return (int) key & ((1 << PLACE_BITS) - 1);
  }

  /** What is sorted. */
  Strands strands() {
    return strands;
  }

  /** Number of places; a set of them is {@code low} to {@code high}, exclusive, of their order. */
  int size() {
    return places.length;
  }

  /** Adds the tokens that follow after {@code depth} tokens. */
  void allow(int low, int high, int depth, TokenSet next) {
    int last = Strands.END;
    for (int i = low; i < high; i++) {
      int token = strands.token(places[i] + depth);
      if (token != last) {
        next.add(token);
        last = token;
      }
    }
  }

  /** The first in the set whose token after {@code depth} tokens is this one or a higher one. */
  int firstFrom(int low, int high, int depth, int token) {
    int from = low;
    int to = high;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (strands.token(places[middle] + depth) < token) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  /** Whether a span of this length may end in one of the set. */
  boolean mayEnd(int low, int high, int length) {
    for (int i = low; i < high; i++) {
      if (strands.isEnd(places[i] + length - 1)) {
        return true;
      }
    }
    return false;
  }

  /** Whether in all of the set a span may begin with the last of {@code length} tokens. */
  boolean mayAllStartAtLast(int low, int high, int length) {
    for (int i = low; i < high; i++) {
      if (!strands.isStart(places[i] + length - 1)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The first place, in the order of the sources, from which a span of this length may be copied,
   * or -1.
   *
   * @param isCut whether the span may end anywhere, because the output was cut off there
   */
  int first(int low, int high, int length, boolean isCut) {
    int first = -1;
    for (int i = low; i < high; i++) {
      int place = places[i];
      if ((first < 0 || place < first) && (isCut || strands.isEnd(place + length - 1))) {
        first = place;
      }
    }
    return first;
  }
}
