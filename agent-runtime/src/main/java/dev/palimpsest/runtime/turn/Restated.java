package dev.palimpsest.runtime.turn;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds what somebody has taken back by saying it anew: "In the morning I have black coffee" and, a
 * year later, "In the morning I have mint tea now". A model that reads few memories at once gets
 * the newer one alone; one that reads many can tell by itself. Words only, in English, and careful
 * rather than complete: both were said by the same person, begin with the same words, one of which
 * the question names, and the newer one says that it is so now.
 */
final class Restated {
  /** Fewer words in common say nothing about what is said. */
  private static final int WORDS_MIN = 3;

  /** So that live, lives, lived and living are one word. */
  private static final Pattern ENDING = Pattern.compile("(?<=\\p{L}{3})(ing|ed|es|e|s)$");

  private static final Pattern NOW =
      Pattern.compile(
          "\\b(now|nowadays|these days|currently|at the moment|any ?more|no longer|instead|lately)\\b",
          Pattern.CASE_INSENSITIVE);

  private static final Set<String> EMPTY =
      Set.of(
          "i", "you", "he", "she", "it", "we", "they", "my", "his", "her", "our", "their", "the",
          "a", "an", "in", "on", "at", "to", "of", "for", "with", "as", "is", "am", "are", "was",
          "were", "be", "been", "have", "has", "had", "do", "does", "did", "and", "but", "so",
          "that", "this", "there", "what", "where", "who", "when", "which", "how");

  private Restated() {}

  /** The lines, in their order, without those that another of them takes back. */
  static List<MemoryLine> without(List<MemoryLine> lines, String question) {
    List<String> asked = contentWords(Wording.words(question));
    return lines.stream()
        .filter(older -> lines.stream().noneMatch(newer -> takesBack(newer, older, asked)))
        .toList();
  }

  private static boolean takesBack(MemoryLine newer, MemoryLine older, List<String> asked) {
    Instant then = older.memory().content().happenedAt();
    Instant later = newer.memory().content().happenedAt();
    String speaker = older.memory().content().speaker();
    if (then == null
        || later == null
        || !later.isAfter(then)
        || speaker == null
        || !Objects.equals(speaker, newer.memory().content().speaker())) {
      return false;
    }
    List<String> said = Wording.sentences(older.memory().text());
    return Wording.sentences(newer.memory().text()).stream()
        .filter(sentence -> NOW.matcher(sentence).find())
        .anyMatch(sentence ->
            said.stream()
                .anyMatch(
                    other -> isSameFrame(Wording.words(sentence), Wording.words(other), asked)));
  }

  /** Whether two sentences begin alike and go on differently, about what is asked. */
  private static boolean isSameFrame(List<String> one, List<String> other, List<String> asked) {
    int common = 0;
    while (common < Math.min(one.size(), other.size())
        && one.get(common).equals(other.get(common))) {
      common++;
    }
    return common >= WORDS_MIN
        && common < one.size()
        && common < other.size()
        && contentWords(one.subList(0, common)).stream().anyMatch(asked::contains);
  }

  private static List<String> contentWords(List<String> words) {
    return words.stream()
        .filter(word -> !EMPTY.contains(word))
        .map(word -> ENDING.matcher(word).replaceFirst(""))
        .toList();
  }
}
