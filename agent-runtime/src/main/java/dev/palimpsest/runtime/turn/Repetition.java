package dev.palimpsest.runtime.turn;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Tells whether a text says anything that others do not say already. Compared are sentences,
 * without regard to case, spaces and punctuation: what a model repeats is rarely the same to the
 * letter.
 */
final class Repetition {
  private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?…])\\s+|[\\n\\r]+");
  private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");

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
    List<String> sentences = new ArrayList<>();
    for (String sentence : SENTENCE_END.split(text, -1)) {
      String words = words(sentence);
      if (!words.isBlank()) {
        sentences.add(words);
      }
    }
    return sentences;
  }

  /** Words between single spaces, one before the first and one after the last. */
  private static String words(String text) {
    return " " + NO_WORD.matcher(text).replaceAll(" ").strip().toLowerCase(Locale.ROOT) + " ";
  }
}
