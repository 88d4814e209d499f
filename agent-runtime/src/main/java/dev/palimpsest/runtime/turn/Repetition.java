package dev.palimpsest.runtime.turn;

import java.util.Collection;
import java.util.List;

/**
 * Tells whether a text says anything that others do not say already. Compared are sentences,
 * without regard to case, spaces and punctuation: what a model repeats is rarely the same to the
 * letter.
 */
final class Repetition {
  private Repetition() {}

  /** Whether every sentence of {@code text} stands in one of the others; true without any. */
  static boolean isOnlyRepeating(String text, Collection<String> others) {
    List<String> known = others.stream().map(Repetition::words).toList();
    return sentences(text).stream()
        .allMatch(sentence -> known.stream().anyMatch(other -> other.contains(sentence)));
  }

  /** Whether a sentence of {@code text} stands in the other. */
  static boolean repeats(String text, String other) {
    String known = words(other);
    return sentences(text).stream().anyMatch(known::contains);
  }

  private static List<String> sentences(String text) {
    return Wording.sentences(text).stream()
        .map(Repetition::words)
        .filter(words -> !words.isBlank())
        .toList();
  }

  /** Words between single spaces, one before the first and one after the last. */
  private static String words(String text) {
    return " " + String.join(" ", Wording.words(text)) + " ";
  }
}
