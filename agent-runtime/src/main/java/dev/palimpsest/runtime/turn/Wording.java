package dev.palimpsest.runtime.turn;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Sentences and words of a text, as those see them who compare what was said. */
final class Wording {
  private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?…])\\s+|[\\n\\r]+");
  private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");

  private Wording() {}

  /** The sentences and lines, in their order; some may have no words. */
  static List<String> sentences(String text) {
    return Arrays.asList(SENTENCE_END.split(text, -1));
  }

  /** The words in small letters, in their order. */
  static List<String> words(String text) {
    return NO_WORD
        .splitAsStream(text.toLowerCase(Locale.ROOT))
        .filter(word -> !word.isEmpty())
        .toList();
  }
}
