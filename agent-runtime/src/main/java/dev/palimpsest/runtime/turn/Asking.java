package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.Origin;
import java.util.List;
import java.util.Set;

/**
 * Tells what asks from what states, for models that can do nothing but quote: who is told something
 * has nothing to quote, and a question that was asked before answers none. Words only, in English,
 * and careful rather than complete: what is neither clearly is taken for a question when it is
 * asked, and for a memory like any other when it is recalled.
 */
final class Asking {
  /** A longer question may tell something on the way. */
  private static final int QUESTION_WORDS_MAX = 12;

  private static final Set<String> INTERROGATIVE =
      Set.of("who", "whom", "whose", "what", "when", "where", "which", "why", "how");

  private static final Set<String> AUXILIARY =
      Set.of(
          "am", "is", "are", "was", "were", "do", "does", "did", "have", "has", "had", "can",
          "could", "will", "would", "shall", "should", "may", "might", "must");

  private static final Set<String> REQUEST =
      Set.of(
          "tell",
          "name",
          "list",
          "show",
          "give",
          "say",
          "remind",
          "describe",
          "explain",
          "find",
          "summarise",
          "summarize",
          "recall",
          "repeat",
          "answer",
          "quote",
          "read",
          "write",
          "translate",
          "help",
          "please",
          "let",
          "count",
          "compare",
          "look",
          "search",
          "think",
          "check",
          "make",
          "try",
          "use",
          "add",
          "remember",
          "forget");

  /** Before "what" or "where" they make a sentence ask that has no question mark. */
  private static final Set<String> WONDERING =
      Set.of(
          "know",
          "wonder",
          "wondering",
          "tell",
          "ask",
          "asking",
          "remember",
          "forgot",
          "forget",
          "remind",
          "see",
          "sure",
          "curious",
          "understand",
          "idea",
          "hear",
          "if");

  private static final Set<String> SUBJECT = Set.of("i", "we");

  /** What a sentence may begin with before it says what it is. */
  private static final Set<String> LEADING =
      Set.of("and", "but", "so", "well", "ok", "okay", "oh", "then", "hi", "hello", "hey", "also");

  private Asking() {}

  /** Whether somebody says something about the world and wants nothing said back. */
  static boolean isStatement(String text) {
    if (text.indexOf('?') >= 0) {
      return false;
    }
    List<List<String>> sentences =
        Wording.sentences(text).stream()
            .map(Asking::words)
            .filter(words -> !words.isEmpty())
            .toList();
    return sentences.stream().noneMatch(Asking::asks)
        && sentences.stream().anyMatch(Asking::states);
  }

  /** Whether a memory is no more than what somebody asked in a session. */
  static boolean isQuestionOfSession(MemoryLine line) {
    String text = line.memory().text().strip();
    List<String> words = words(text);
    return line.memory().origin().source().equals(Origin.OF_SESSIONS)
        && text.endsWith("?")
        && text.indexOf('?') == text.length() - 1
        && Wording.sentences(text).size() == 1
        && !words.isEmpty()
        && words.size() <= QUESTION_WORDS_MAX
        && asks(words);
  }

  private static List<String> words(String sentence) {
    List<String> words = Wording.words(sentence);
    return words.stream().dropWhile(LEADING::contains).toList();
  }

  private static boolean asks(List<String> words) {
    String first = words.getFirst();
    return INTERROGATIVE.contains(first)
        || AUXILIARY.contains(first)
        || REQUEST.contains(first)
        || wonders(words);
  }

  private static boolean wonders(List<String> words) {
    boolean isWondering = false;
    for (String word : words) {
      if (isWondering && INTERROGATIVE.contains(word)) {
        return true;
      }
      isWondering |= WONDERING.contains(word);
    }
    return false;
  }

  private static boolean states(List<String> words) {
    return words.size() > 2
        && (SUBJECT.contains(words.getFirst())
            || words.subList(1, words.size()).stream().anyMatch(AUXILIARY::contains));
  }
}
