package dev.palimpsest.engine.schema;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/**
 * The rules of a grammar, all of them known, and what can be said of them without a text.
 *
 * @param names by rule
 * @param phrases by rule; the first is the root
 */
record GrammarRules(List<String> names, List<Phrase> phrases) {
  /** More nesting than any limit. */
  static final int ENDLESS = Integer.MAX_VALUE / 2;

  GrammarRules {
    names = List.copyOf(names);
    phrases = List.copyOf(phrases);
  }

  /** Whether each rule can say nothing. */
  boolean[] empties() {
    boolean[] empties = new boolean[phrases.size()];
    boolean isChanged = true;
    while (isChanged) {
      isChanged = false;
      for (int i = 0; i < empties.length; i++) {
        boolean found = !empties[i] && isEmpty(phrases.get(i), empties);
        empties[i] |= found;
        isChanged |= found;
      }
    }
    return empties;
  }

  static boolean isEmpty(Phrase phrase, boolean[] empties) {
    return switch (phrase) {
      case Phrase.Text(String text) -> text.isEmpty();
      case Phrase.Letter letter -> false;
      case Phrase.Name(int rule) -> empties[rule];
      case Phrase.Sequence(List<Phrase> parts) ->
          parts.stream().allMatch(part -> isEmpty(part, empties));
      case Phrase.Choice(List<Phrase> ways) -> ways.stream().anyMatch(way -> isEmpty(way, empties));
      case Phrase.Repeat(Phrase part, int min, int max) -> min == 0 || isEmpty(part, empties);
    };
  }

  /** How many subroutines the shallowest text of each rule nests; {@link #ENDLESS} without one. */
  int[] needs() {
    int[] needs = new int[phrases.size()];
    Arrays.fill(needs, ENDLESS);
    boolean isChanged = true;
    while (isChanged) {
      isChanged = false;
      for (int i = 0; i < needs.length; i++) {
        int need = need(phrases.get(i), needs);
        isChanged |= need < needs[i];
        needs[i] = Math.min(need, needs[i]);
      }
    }
    return needs;
  }

  static int need(Phrase phrase, int[] needs) {
    return switch (phrase) {
      case Phrase.Text text -> 0;
      case Phrase.Letter letter -> 0;
      case Phrase.Name(int rule) -> Math.min(ENDLESS, 1 + needs[rule]);
      case Phrase.Sequence(List<Phrase> parts) ->
          parts.stream().mapToInt(part -> need(part, needs)).max().orElse(0);
      case Phrase.Choice(List<Phrase> ways) ->
          ways.stream().mapToInt(way -> need(way, needs)).min().orElse(ENDLESS);
      case Phrase.Repeat repeat -> {
        int once = repeat.min() == 0 ? 0 : need(repeat.part(), needs);
        yield repeat.isCounted() ? Math.min(ENDLESS, 1 + once) : once;
      }
    };
  }

  /** A rule that begins with itself, or -1 where there is none. */
  int circle(boolean[] empties) {
    BitSet[] firsts = new BitSet[phrases.size()];
    for (int i = 0; i < firsts.length; i++) {
      firsts[i] = new BitSet();
      addFirsts(phrases.get(i), empties, firsts[i]);
    }
    BitSet over = new BitSet();
    for (int i = 0; i < firsts.length; i++) {
      int found = over.get(i) ? -1 : circleFrom(i, firsts, over);
      if (found >= 0) {
        return found;
      }
    }
    return -1;
  }

  /** The rules that may come before anything is read; says whether nothing may be read at all. */
  private static boolean addFirsts(Phrase phrase, boolean[] empties, BitSet firsts) {
    return switch (phrase) {
      case Phrase.Text(String text) -> text.isEmpty();
      case Phrase.Letter letter -> false;
      case Phrase.Name(int rule) -> {
        firsts.set(rule);
        yield empties[rule];
      }
      case Phrase.Sequence(List<Phrase> parts) -> {
        boolean isEmpty = true;
        for (int i = 0; i < parts.size() && isEmpty; i++) {
          isEmpty = addFirsts(parts.get(i), empties, firsts);
        }
        yield isEmpty;
      }
      case Phrase.Choice(List<Phrase> ways) -> {
        boolean isEmpty = false;
        for (Phrase way : ways) {
          isEmpty |= addFirsts(way, empties, firsts);
        }
        yield isEmpty;
      }
      case Phrase.Repeat(Phrase part, int min, int max) ->
          addFirsts(part, empties, firsts) || min == 0;
    };
  }

  /** Goes down from a rule; {@code path} holds the rules that are being looked at. */
  private static int circleFrom(int start, BitSet[] firsts, BitSet over) {
    Deque<Integer> path = new ArrayDeque<>();
    BitSet onPath = new BitSet();
    int[] next = new int[firsts.length];
    path.push(start);
    onPath.set(start);
    while (!path.isEmpty()) {
      int rule = path.element();
      int first = firsts[rule].nextSetBit(next[rule]);
      if (first < 0) {
        over.set(rule);
        onPath.clear(path.pop());
      } else if (onPath.get(first)) {
        return first;
      } else {
        next[rule] = first + 1;
        if (!over.get(first)) {
          path.push(first);
          onPath.set(first);
        }
      }
    }
    return -1;
  }
}
