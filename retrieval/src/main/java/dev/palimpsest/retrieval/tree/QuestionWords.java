package dev.palimpsest.retrieval.tree;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads a question by rules: what of it asks, its parts, and the names in a text. English. */
final class QuestionWords {
  static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+(?:['’.-][\\p{L}\\p{N}]+)*");
  private static final Pattern JOINT =
      Pattern.compile(
          "\\s*[,;]\\s*(?:and|or|but)?\\s+|\\s+(?:and|or|but|while|before|after|since|when)\\s+",
          Pattern.CASE_INSENSITIVE);

  /** Words that ask, or say nothing by themselves. */
  static final Set<String> ASKING =
      Set.of(
          ("what which who whom whose when where why how did do does is are was were will would"
                  + " could can should has have had many much long often the a an of to in on at"
                  + " for with by from that this it its their his her both all any some kind type"
                  + " sort name list tell me about")
              .split(" ", -1));

  private static final int PART_WORDS_MIN = 2;
  private static final int PARTS_MAX = 4;

  private QuestionWords() {}

  /** The words that say something, in order; empty where none does. */
  static String content(String text) {
    List<String> kept = new ArrayList<>();
    for (String word : words(text)) {
      if (!ASKING.contains(word.toLowerCase(Locale.ROOT))) {
        kept.add(word);
      }
    }
    return String.join(" ", kept);
  }

  /**
   * Its clauses, each with the names of the whole, so that it can be asked alone; empty where there
   * is but one.
   */
  static List<String> parts(String question) {
    Set<String> names = names(question);
    List<String> parts = new ArrayList<>();
    for (String clause : JOINT.split(question, -1)) {
      String content = content(clause);
      if (words(content).size() >= PART_WORDS_MIN && parts.size() < PARTS_MAX) {
        Set<String> missing = new LinkedHashSet<>(names);
        missing.removeAll(words(clause));
        missing.add(content);
        parts.add(String.join(" ", missing));
      }
    }
    return parts.size() < 2 ? List.of() : parts;
  }

  /** Words in capitals that do not merely begin a sentence. */
  static Set<String> names(String text) {
    Map<String, Boolean> names = capitals(text);
    names.values().removeIf(begins -> begins);
    return names.keySet();
  }

  /** Words in capitals that may be names; true where it only ever begins a sentence. */
  static Map<String, Boolean> capitals(String text) {
    Map<String, Boolean> names = new LinkedHashMap<>();
    for (CapitalWord word : CapitalWord.in(text)) {
      names.merge(word.text(), word.beginsSentence(), Boolean::logicalAnd);
    }
    return names;
  }

  private static List<String> words(String text) {
    return WORD.matcher(text).results().map(result -> result.group()).toList();
  }
}
