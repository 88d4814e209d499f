package dev.palimpsest.runtime.turn;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Sentences and words of a text, as those see them who compare what was said. */
final class Wording {
  private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?…])\\s+|[\\n\\r]+");
  private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");

  private static final String QUESTION_MARKS = "?？؟";

  private Wording() {}

  /** The sentences and lines, in their order; some may have no words. */
  static List<String> sentences(String text) {
    return Arrays.asList(SENTENCE_END.split(text, -1));
  }

  /** Whether all that is said in words is questions, in a script that marks them at their end. */
  static boolean isAsking(String text) {
    List<String> said =
        sentences(text).stream().filter(sentence -> !words(sentence).isEmpty()).toList();
    return !said.isEmpty() && said.stream().allMatch(Wording::isQuestion);
  }

  /** Whether a mark stands behind the last word, and what closes it. */
  private static boolean isQuestion(String sentence) {
    int end = sentence.length();
    while (end > 0 && !Character.isLetterOrDigit(sentence.codePointBefore(end))) {
      if (QUESTION_MARKS.indexOf(sentence.charAt(end - 1)) >= 0) {
        return true;
      }
      end -= Character.charCount(sentence.codePointBefore(end));
    }
    return false;
  }

  /** The words in small letters, in their order. */
  static List<String> words(String text) {
    return NO_WORD
        .splitAsStream(text.toLowerCase(Locale.ROOT))
        .filter(word -> !word.isEmpty())
        .toList();
  }
}
