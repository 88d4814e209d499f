package dev.palimpsest.retrieval.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;

/**
 * A word in capitals that may be a name. English: by lists of words that are none.
 *
 * @param text without a possessive
 * @param start where it stands, in UTF-16 units
 * @param beginsSentence as words do that are no names
 */
public record CapitalWord(String text, int start, boolean beginsSentence) {
  /** Words that stand in capitals without being anybody's name. */
  private static final Set<String> COMMON =
      Set.of(
          ("monday tuesday wednesday thursday friday saturday sunday january february march april"
                  + " may june july august september october november december she yes not but and"
                  + " then they you our your yesterday today tomorrow there these those some"
                  + " after before also only just even still now here once since because though"
                  + " nobody somebody everybody maybe well thanks thank good great sorry hello hey"
                  + " christmas easter")
              .split(" ", -1));

  private static final int CHARACTERS_MIN = 3;

  /** Those of a text, in order. */
  public static List<CapitalWord> in(String text) {
    List<CapitalWord> found = new ArrayList<>();
    Matcher words = QuestionWords.WORD.matcher(text);
    while (words.find()) {
      String word = words.group().replaceFirst("['’][\\p{L}]+$", "");
      if (mayBeName(word)) {
        found.add(new CapitalWord(word, words.start(), beginsSentence(text, words.start())));
      }
    }
    return found;
  }

  /** Behind its last letter. */
  public int end() {
    return start + text.length();
  }

  private static boolean mayBeName(String word) {
    String lower = word.toLowerCase(Locale.ROOT);
    return Character.isUpperCase(word.codePointAt(0))
        && word.length() >= CHARACTERS_MIN
        && !QuestionWords.ASKING.contains(lower)
        && !COMMON.contains(lower);
  }

  private static boolean beginsSentence(String text, int at) {
    int before = at - 1;
    while (before >= 0 && Character.isWhitespace(text.charAt(before))) {
      before--;
    }
    return before < 0 || ".!?:\"“".indexOf(text.charAt(before)) >= 0;
  }
}
