package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.schema.CodePoints.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads GBNF, the grammar format of llama.cpp: rules {@code name ::= …} with texts, sets and ranges
 * of characters, groups, alternatives and repetitions. Two things are stricter than there: a rule
 * is defined once, and a set has at least one character. Tokens ({@code <…>}) are not supported.
 */
final class GrammarReader {
  static final int CHARACTERS_MAX = 1 << 16;
  static final int RULES_MAX = 1_000;
  static final int NESTED_MAX = 64;
  static final int MARKS_MAX = 8;
  static final int REPEATS_MAX = 10_000;
  private static final String ROOT = "root";

  private final GrammarText text;
  private final Map<String, Integer> known = new HashMap<>();
  private final List<String> names = new ArrayList<>();
  private final List<@Nullable Phrase> phrases = new ArrayList<>();

  /** By rule where it is mentioned or defined first. */
  private final List<Integer> places = new ArrayList<>();

  private GrammarReader(String text) {
    this.text = new GrammarText(text);
  }

  /**
   * The rules of a grammar.
   *
   * @throws GrammarException naming the place and what is wrong there
   */
  static GrammarRules read(String text) {
    GrammarReader reader = new GrammarReader(text);
    if (text.length() > CHARACTERS_MAX) {
      throw reader.text.wrong(0, "the grammar has more than " + CHARACTERS_MAX + " characters");
    }
    reader.number(ROOT, 0);
    reader.text.skip(true);
    while (!reader.text.isAtEnd()) {
      reader.rule();
    }
    GrammarRules rules = new GrammarRules(reader.names, reader.defined());
    int circle = rules.circle(rules.empties());
    if (circle >= 0) {
      throw reader.text.wrong(
          reader.places.get(circle),
          "the rule '" + rules.names().get(circle) + "' can begin with itself (left recursion)");
    }
    return rules;
  }

  private List<Phrase> defined() {
    List<Phrase> defined = new ArrayList<>();
    for (int i = 0; i < phrases.size(); i++) {
      Phrase phrase = phrases.get(i);
      if (phrase == null) {
        throw text.wrong(
            places.get(i),
            i == 0 ? "there is no rule 'root'" : "no rule is named '" + names.get(i) + "'");
      }
      defined.add(phrase);
    }
    return defined;
  }

  private int number(String name, int place) {
    Integer number = known.get(name);
    if (number == null) {
      number = names.size();
      if (number == RULES_MAX) {
        throw text.wrong(place, "there are more than " + RULES_MAX + " rules");
      }
      known.put(name, number);
      names.add(name);
      phrases.add(null);
      places.add(place);
    }
    return number;
  }

  private void rule() {
    int place = text.place();
    String name = text.name();
    int number = number(name, place);
    if (phrases.get(number) != null) {
      throw text.wrong(place, "the rule '" + name + "' was defined before");
    }
    text.skip(false);
    if (!text.takes("::=")) {
      throw text.wrong(text.place(), "'::=' is expected after the name of a rule");
    }
    text.skip(true);
    phrases.set(number, choice(0));
    places.set(number, place);
    if (!text.isAtEnd() && !text.isAtLineEnd()) {
      throw text.wrong(text.place(), "a part of a rule, or the end of the line, is expected");
    }
    text.skip(true);
  }

  private Phrase choice(int depth) {
    List<Phrase> ways = new ArrayList<>();
    ways.add(sequence(depth));
    while (text.takes("|")) {
      text.skip(true);
      ways.add(sequence(depth));
    }
    return ways.size() == 1 ? ways.getFirst() : new Phrase.Choice(ways);
  }

  private Phrase sequence(int depth) {
    List<Phrase> parts = new ArrayList<>();
    Phrase part = part(depth);
    while (part != null) {
      parts.add(repeated(part, depth));
      part = part(depth);
    }
    return switch (parts.size()) {
      case 0 -> new Phrase.Text("");
      case 1 -> parts.getFirst();
      default -> new Phrase.Sequence(parts);
    };
  }

  /** What stands here, or null where no part of a rule begins. */
  private @Nullable Phrase part(int depth) {
    int place = text.place();
    Phrase part =
        switch (text.peek()) {
          case '"' -> literal();
          case '[' -> letters();
          case '.' -> {
            text.next();
            yield new Phrase.Letter(CodePoints.ALL);
          }
          case '(' -> group(depth);
          case '<', '!' -> throw text.wrong(place, "tokens are not supported, only characters");
          case '*', '+', '?', '{' -> throw text.wrong(place, "there is nothing to repeat");
          default -> text.isAtName() ? new Phrase.Name(number(text.name(), place)) : null;
        };
    if (part != null) {
      text.skip(depth > 0);
    }
    return part;
  }

  private Phrase group(int depth) {
    int place = text.place();
    if (depth == NESTED_MAX) {
      throw text.wrong(place, "groups are nested more than " + NESTED_MAX + " deep");
    }
    text.next();
    text.skip(true);
    Phrase inside = choice(depth + 1);
    if (!text.takes(")")) {
      throw text.isAtEnd()
          ? text.wrong(place, "the group that begins here has no end")
          : text.wrong(text.place(), "a part of a group, '|' or ')' is expected");
    }
    return inside;
  }

  private Phrase literal() {
    int place = text.place();
    text.next();
    StringBuilder characters = new StringBuilder();
    while (!text.takes("\"")) {
      if (text.isAtEnd()) {
        throw text.wrong(place, "the text that begins here has no end");
      }
      int at = text.place();
      int point = text.character();
      if (!CodePoints.ALL.has(point)) {
        throw text.wrong(at, "no answer can hold this character");
      }
      characters.appendCodePoint(point);
    }
    return new Phrase.Text(characters.toString());
  }

  private Phrase letters() {
    int place = text.place();
    text.next();
    boolean isOthers = text.takes("^");
    List<Range> ranges = new ArrayList<>();
    while (!text.takes("]")) {
      if (text.isAtEnd()) {
        throw text.wrong(place, "the set that begins here has no end");
      }
      ranges.add(range());
    }
    CodePoints named = CodePoints.of(ranges);
    CodePoints set = isOthers ? named.others() : named;
    if (ranges.isEmpty() || set.ranges().isEmpty()) {
      throw text.wrong(place, "the set has no character that an answer can hold");
    }
    return new Phrase.Letter(set);
  }

  private Range range() {
    int place = text.place();
    int first = text.character();
    if (text.peek() != '-' || text.peekSecond() == ']') {
      return new Range(first, first);
    }
    text.next();
    if (text.isAtEnd()) {
      throw text.wrong(place, "the range that begins here has no end");
    }
    int last = text.character();
    if (last < first) {
      throw text.wrong(place, "the range ends before it begins");
    }
    return new Range(first, last);
  }

  /** A part with all that says how often it comes. */
  private Phrase repeated(Phrase part, int depth) {
    Phrase whole = part;
    int marks = 0;
    while ("*+?{".indexOf(text.peek()) >= 0) {
      int place = text.place();
      if (++marks > MARKS_MAX) {
        throw text.wrong(place, "a part has more than " + MARKS_MAX + " marks of repetition");
      }
      whole =
          switch (text.next()) {
            case '*' -> new Phrase.Repeat(whole, 0, Phrase.UNLIMITED);
            case '+' -> new Phrase.Repeat(whole, 1, Phrase.UNLIMITED);
            case '?' -> new Phrase.Repeat(whole, 0, 1);
            default -> counted(whole, place, depth);
          };
      text.skip(depth > 0);
    }
    return whole;
  }

  private Phrase counted(Phrase part, int place, int depth) {
    text.skip(depth > 0);
    int min = times();
    text.skip(depth > 0);
    int max = min;
    if (text.takes(",")) {
      text.skip(depth > 0);
      max = text.isAtDigit() ? times() : Phrase.UNLIMITED;
      text.skip(depth > 0);
    }
    if (!text.takes("}")) {
      throw text.wrong(text.place(), "'}' is expected after how often a part comes");
    }
    if (max < min) {
      throw text.wrong(place, "a part comes at least " + min + " times and at most " + max);
    }
    return new Phrase.Repeat(part, min, max);
  }

  private int times() {
    int place = text.place();
    int number = text.number(REPEATS_MAX);
    if (number < 0) {
      throw text.wrong(place, "a number from 0 to " + REPEATS_MAX + " is expected");
    }
    return number;
  }
}
