package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;

/** The methods of strings, which several filters share. */
final class TextMethods {
  static final Set<String> NAMES =
      Set.of(
          "capitalize",
          "count",
          "endswith",
          "find",
          "join",
          "lower",
          "lstrip",
          "replace",
          "rfind",
          "rsplit",
          "rstrip",
          "split",
          "splitlines",
          "startswith",
          "strip",
          "title",
          "upper",
          "removeprefix",
          "removesuffix",
          "isdigit",
          "isalpha",
          "isalnum",
          "isspace");

  private final Run run;

  TextMethods(Run run) {
    this.run = run;
  }

  Value call(String text, String name, Arguments arguments) {
    return switch (name) {
      case "strip", "lstrip", "rstrip" -> {
        Bound bound = arguments.bind(run, "chars");
        yield strip(text, bound, !name.equals("rstrip"), !name.equals("lstrip"));
      }
      case "split", "rsplit" ->
          split(text, arguments.bind(run, "sep", "maxsplit"), name.equals("rsplit"));
      case "replace" -> replace(text, arguments.bind(run, "old", "new", "count"));
      case "startswith", "endswith", "removeprefix", "removesuffix", "find", "rfind", "count" ->
          search(text, name, arguments.bind(run, "part").required("part"));
      case "join" -> join(arguments.bind(run, "values").required("values"), text);
      default -> {
        arguments.bind(run);
        yield simple(text, name);
      }
    };
  }

  /** Methods without arguments. */
  private Value simple(String text, String name) {
    run.charge(text.length());
    return switch (name) {
      case "lower" -> new Value.Text(text.toLowerCase(Locale.ROOT));
      case "upper" -> new Value.Text(text.toUpperCase(Locale.ROOT));
      case "title" -> new Value.Text(title(text));
      case "capitalize" -> new Value.Text(capitalize(text));
      case "splitlines" -> run.items(lines(text));
      case "isdigit" -> all(text, Character::isDigit);
      case "isalpha" -> all(text, Character::isLetter);
      case "isalnum" -> all(text, Character::isLetterOrDigit);
      case "isspace" -> all(text, Whitespace::is);
      default -> throw run.error("not a method of a string");
    };
  }

  private static Value all(String text, IntPredicate predicate) {
    return Value.Bool.of(!text.isEmpty() && text.codePoints().allMatch(predicate));
  }

  /** Drops white space, or the given characters, from the ends. */
  Value strip(String text, Bound bound, boolean left, boolean right) {
    String chars = bound.text("chars", "");
    run.charge((long) text.length() + chars.length());
    Set<Integer> set = Set.copyOf(chars.codePoints().boxed().toList());
    boolean white = bound.get("chars") instanceof Value.Text;
    IntPredicate drop = white ? set::contains : Whitespace::is;
    String start = left ? Whitespace.stripLeft(text, drop) : text;
    return new Value.Text(right ? Whitespace.stripRight(start, drop) : start);
  }

  private Value split(String text, Bound bound, boolean fromRight) {
    long most = bound.integer("maxsplit", -1);
    long limit = most < 0 ? Long.MAX_VALUE : most;
    if (!(bound.get("sep") instanceof Value.Text separator)) {
      bound.text("sep", "");
      return run.items(words(text, limit));
    }
    if (separator.text().isEmpty()) {
      throw run.error("the separator is empty");
    }
    run.chargeSearch(text, separator.text());
    return run.items(
        fromRight
            ? splitRight(text, separator.text(), limit)
            : splitLeft(text, separator.text(), limit));
  }

  private List<Value> splitLeft(String text, String separator, long limit) {
    List<Value> parts = new ArrayList<>();
    int start = 0;
    int end = text.indexOf(separator);
    while (end >= 0 && parts.size() < limit) {
      add(parts, text.substring(start, end));
      start = end + separator.length();
      end = text.indexOf(separator, start);
    }
    add(parts, text.substring(start));
    return parts;
  }

  private List<Value> splitRight(String text, String separator, long limit) {
    List<Value> parts = new ArrayList<>();
    int end = text.length();
    int start = text.lastIndexOf(separator);
    while (start >= 0 && parts.size() < limit) {
      add(parts, text.substring(start + separator.length(), end));
      end = start;
      start = end < separator.length() ? -1 : text.lastIndexOf(separator, end - separator.length());
    }
    add(parts, text.substring(0, end));
    Collections.reverse(parts);
    return parts;
  }

  /** Without a separator runs of white space separate, and none remains at the ends. */
  private List<Value> words(String text, long limit) {
    run.charge(text.length());
    List<Value> parts = new ArrayList<>();
    int start = Whitespace.skip(text, 0);
    while (start < text.length()) {
      int end = start;
      boolean last = parts.size() >= limit;
      while (end < text.length() && (last || !Whitespace.is(text.charAt(end)))) {
        end++;
      }
      add(parts, text.substring(start, end));
      start = Whitespace.skip(text, end);
    }
    return parts;
  }

  private void add(List<Value> parts, String part) {
    run.charge(Limits.ELEMENT_WORK);
    parts.add(new Value.Text(part));
  }

  private Value search(String text, String name, Value part) {
    boolean several = name.equals("startswith") || name.equals("endswith");
    if (several && part instanceof Value.Items options) {
      for (Value option : options.elements()) {
        if (search(text, name, option).isTrue()) {
          return Value.Bool.TRUE;
        }
      }
      return Value.Bool.FALSE;
    }
    if (!(part instanceof Value.Text wanted)) {
      throw run.error("takes a string, not " + part.typeName());
    }
    run.chargeSearch(text, wanted.text());
    return found(text, name, wanted.text());
  }

  private Value found(String text, String name, String part) {
    return switch (name) {
      case "startswith" -> Value.Bool.of(text.startsWith(part));
      case "endswith" -> Value.Bool.of(text.endsWith(part));
      case "removeprefix" ->
          new Value.Text(text.startsWith(part) ? text.substring(part.length()) : text);
      case "removesuffix" ->
          new Value.Text(
              text.endsWith(part) ? text.substring(0, text.length() - part.length()) : text);
      case "find" -> position(text, text.indexOf(part));
      case "rfind" -> position(text, text.lastIndexOf(part));
      case "count" -> new Value.Int(occurrences(text, part, Long.MAX_VALUE));
      default -> throw new IllegalStateException("unknown search " + name);
    };
  }

  private static Value position(String text, int offset) {
    return new Value.Int(offset < 0 ? -1 : text.codePointCount(0, offset));
  }

  /** How often the part occurs without overlap; the empty one between all characters. */
  private static long occurrences(String text, String part, long most) {
    if (part.isEmpty()) {
      return Math.min(most, text.codePointCount(0, text.length()) + 1L);
    }
    long count = 0;
    for (int at = text.indexOf(part); at >= 0 && count < most; count++) {
      at = text.indexOf(part, at + part.length());
    }
    return count;
  }

  Value replace(String text, Bound bound) {
    String old = bound.requiredText("old");
    String replacement = bound.requiredText("new");
    long most = bound.integer("count", -1);
    run.chargeSearch(text, old);
    long count = occurrences(text, old, most < 0 ? Long.MAX_VALUE : most);
    run.reserve(text.length() + count * ((long) replacement.length() - old.length()));
    StringBuilder out = new StringBuilder();
    int start = 0;
    for (long done = 0; done < count; done++) {
      int at = old.isEmpty() && done > 0 ? next(text, start) : text.indexOf(old, start);
      out.append(text, start, at).append(replacement);
      start = at + old.length();
    }
    return new Value.Text(out.append(text, start, text.length()).toString());
  }

  private static int next(String text, int at) {
    return at + Character.charCount(text.codePointAt(at));
  }

  Value join(Value values, String separator) {
    StringBuilder out = new StringBuilder();
    boolean first = true;
    for (Value value : Elements.of(values, run)) {
      run.append(out, first ? "" : separator);
      run.append(out, Display.of(value, run));
      first = false;
    }
    return new Value.Text(out.toString());
  }

  List<Value> lines(String text) {
    List<Value> lines = new ArrayList<>();
    text.lines().forEach(line -> add(lines, line));
    return lines;
  }

  private static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int rest = Character.charCount(text.codePointAt(0));
    return Character.toString(Character.toTitleCase(text.codePointAt(0)))
        + text.substring(rest).toLowerCase(Locale.ROOT);
  }

  /** Every letter that follows no letter becomes upper case, all others lower case. */
  private static String title(String text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      out.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isLetter(c);
    }
    return out.toString();
  }
}
