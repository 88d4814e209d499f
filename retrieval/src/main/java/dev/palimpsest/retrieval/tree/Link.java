package dev.palimpsest.retrieval.tree;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A person whom a question does not name but says whose they are: "Clara's sister". Who that is
 * must be found out before the question can be asked. English, by a list of what people are to each
 * other.
 *
 * @param phrase as it stands in the question
 * @param owner whose; empty where it is whoever asks
 * @param relation what they are to the owner, the last word of the phrase or of its beginning
 */
record Link(String phrase, String owner, String relation) {
  private static final String RELATION =
      Relations.WHICH + "(" + Relations.PEOPLE + "|" + Relations.OTHERS + ")\\b";

  /** Names are looked for in capitals; who asks, by what they call their own. */
  private static final Pattern OWNED =
      Pattern.compile(
          "(?:(\\p{Lu}[\\p{L}\\p{M}-]*)['’]s?|\\b(?:[Mm]y|[Oo]ur)) "
              + RELATION
              + "|\\b[Tt]he "
              + RELATION
              + " of (\\p{Lu}[\\p{L}\\p{M}-]*)");

  /** Words that begin a question in capitals and own nothing: "What's". */
  private static final Set<String> ASKING =
      Set.of(
          "What", "Who", "Where", "When", "How", "Why", "That", "There", "Here", "It", "He", "She",
          "Which");

  /** The first of a question; the one that others hang on stands first. */
  static Optional<Link> first(String question) {
    Matcher found = OWNED.matcher(question);
    while (found.find()) {
      boolean isPossessive = found.group(2) != null;
      String owner = isPossessive ? found.group(1) : found.group(4);
      if (owner == null || !ASKING.contains(owner)) {
        return Optional.of(
            new Link(found.group(), owner == null ? "" : owner, found.group(isPossessive ? 2 : 3)));
      }
    }
    return Optional.empty();
  }

  /** How many a question still has, when each is replaced by a name. */
  static int count(String question) {
    int count = 0;
    String left = question;
    Optional<Link> link = first(left);
    while (link.isPresent() && count < COUNT_MAX) {
      count++;
      left = link.get().named(left, "Xx");
      link = first(left);
    }
    return count;
  }

  private static final int COUNT_MAX = 8;

  /** What to ask to find out who it is. */
  String question() {
    return "Who is " + phrase + "?";
  }

  /** The question with a name in its place. */
  String named(String question, String name) {
    return question.replaceFirst(Pattern.quote(phrase), Matcher.quoteReplacement(name));
  }
}
