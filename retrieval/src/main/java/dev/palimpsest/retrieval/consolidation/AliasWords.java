package dev.palimpsest.retrieval.consolidation;

import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.retrieval.tree.CapitalWord;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Words that say that somebody has another name: "Mara, also known as Mimi". English. */
final class AliasWords {
  /** Statements that are read of a text. */
  static final int MAX = 8;

  private static final String WORD = "\\p{Lu}[\\p{L}\\p{M}]*(?:['’-][\\p{L}\\p{M}]+)*";
  private static final String NAME = WORD + "(?: " + WORD + "){0,3}";
  private static final String ALIAS = "[\"“‘']?(?<alias>" + NAME + ")";
  private static final String WE =
      "(?:[Ee]veryone|[Ee]verybody|[Ww]e|[Tt]hey|[Pp]eople|[Ff]riends|[Ff]amily|I)"
          + "(?: all| just| always| usually)?";

  /** The name stands in the group of that name; where there is none, it is the speaker's. */
  private static final List<Pattern> SAID =
      List.of(
          Pattern.compile(
              "(?<name>"
                  + NAME
                  + ")(?:,| \\(| is| was|, who is)?,? ?"
                  + "(?:(?:also|better|otherwise|formerly|sometimes|usually) (?:known as|called)"
                  + "|known as|nicknamed|a\\.k\\.a\\.|aka) "
                  + ALIAS),
          Pattern.compile("(?<name>" + NAME + ")['’]s nickname (?:is|was) " + ALIAS),
          Pattern.compile("(?<name>" + NAME + ") goes by (?:the name (?:of )?)?" + ALIAS),
          Pattern.compile(WE + " calls? (?<name>" + NAME + ") [\"“‘](?<alias>" + NAME + ")[\"”’]"),
          Pattern.compile(
              "(?:\\b[Cc]all me|\\b[Mm]y nickname is|\\b"
                  + WE
                  + " calls? me|\\bI(?:['’]m| am) (?:also |better )?known as|\\bI go by) "
                  + ALIAS));

  private AliasWords() {}

  /**
   * A statement.
   *
   * @param of where the name stands; null: it is the speaker's
   * @param alias where the other name stands
   * @param span of all its words
   */
  record Said(MadeOf.@Nullable Span of, MadeOf.Span alias, MadeOf.Span span) {}

  /** Those of a text. */
  static List<Said> in(String text) {
    List<Said> found = new ArrayList<>();
    for (Pattern pattern : SAID) {
      boolean isNamed = pattern.namedGroups().containsKey("name");
      Matcher words = pattern.matcher(text);
      while (found.size() < MAX && words.find()) {
        MadeOf.Span of = isNamed ? name(text, words.start("name"), words.end("name")) : null;
        MadeOf.Span alias = name(text, words.start("alias"), words.end("alias"));
        if (alias != null && (of != null || !isNamed)) {
          int start = of == null ? words.start() : of.start();
          found.add(new Said(of, alias, new MadeOf.Span(start, alias.end())));
        }
      }
    }
    return found;
  }

  /** What may be a name of that, from its first word on that may; null: none. */
  private static MadeOf.@Nullable Span name(String text, int start, int end) {
    List<CapitalWord> words = CapitalWord.in(text.substring(start, end));
    if (words.isEmpty()) {
      return null;
    }
    return new MadeOf.Span(start + words.getFirst().start(), start + words.getLast().end());
  }
}
