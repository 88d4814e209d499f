package dev.palimpsest.engine.schema;

/** The text of a grammar with the place that is read next, by characters. For one thread. */
final class GrammarText {
  /** What {@link #peek} says at the end. */
  static final int END = -1;

  private static final int NAME_CHARACTERS_MAX = 256;
  private static final String MARKS = "\\\"[]-";

  private final String text;
  private int place;

  GrammarText(String text) {
    this.text = text;
  }

  /** Where it is read, in UTF-16 units. */
  int place() {
    return place;
  }

  boolean isAtEnd() {
    return place == text.length();
  }

  boolean isAtLineEnd() {
    return peek() == '\n' || peek() == '\r';
  }

  /** The next character, or {@link #END}. */
  int peek() {
    return isAtEnd() ? END : text.codePointAt(place);
  }

  /** The UTF-16 unit after the next, or {@link #END}. */
  int peekSecond() {
    return place + 1 < text.length() ? text.charAt(place + 1) : END;
  }

  /** Takes the next character; there is one. */
  int next() {
    int point = text.codePointAt(place);
    place += Character.charCount(point);
    return point;
  }

  /** Takes these characters if they come next. */
  boolean takes(String characters) {
    boolean isNext = text.startsWith(characters, place);
    place += isNext ? characters.length() : 0;
    return isNext;
  }

  /** Passes over spaces and comments, and over the ends of lines where that is allowed. */
  void skip(boolean isOverLines) {
    while (!isAtEnd()) {
      char each = text.charAt(place);
      if (each == '#') {
        while (!isAtEnd() && !isAtLineEnd()) {
          place++;
        }
      } else if (each == ' ' || each == '\t' || (isOverLines && isAtLineEnd())) {
        place++;
      } else {
        return;
      }
    }
  }

  boolean isAtName() {
    int each = peek();
    return (each >= 'a' && each <= 'z')
        || (each >= 'A' && each <= 'Z')
        || each == '-'
        || each == '_'
        || isAtDigit();
  }

  boolean isAtDigit() {
    return peek() >= '0' && peek() <= '9';
  }

  String name() {
    int start = place;
    while (isAtName()) {
      place++;
    }
    if (place == start || place - start > NAME_CHARACTERS_MAX) {
      throw wrong(
          start,
          "the name of a rule is expected: up to "
              + NAME_CHARACTERS_MAX
              + " letters, digits, '-' and '_'");
    }
    return text.substring(start, place);
  }

  /** A number up to a limit, or -1 where there is none or it is larger. */
  int number(int max) {
    int number = isAtDigit() ? 0 : -1;
    while (isAtDigit() && number <= max) {
      number = 10 * number + next() - '0';
    }
    return number > max ? -1 : number;
  }

  /** A character of a text or a set, perhaps escaped. */
  int character() {
    int start = place;
    int point = next();
    if (point != '\\') {
      return written(point, start);
    }
    int mark = isAtEnd() ? END : next();
    return switch (mark) {
      case 'x' -> written(hex(2, start), start);
      case 'u' -> written(hex(4, start), start);
      case 'U' -> written(hex(8, start), start);
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'n' -> '\n';
      default -> {
        if (mark == END || MARKS.indexOf(mark) < 0) {
          throw wrong(
              start,
              "after '\\' one of t, r, n, \\, \", [, ], -, x and 2, u and 4, U and 8 hexadecimal"
                  + " digits is expected");
        }
        yield mark;
      }
    };
  }

  private int hex(int digits, int start) {
    long value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = isAtEnd() ? -1 : Character.digit(peek() < 0x80 ? peek() : ' ', 16);
      if (digit < 0) {
        throw wrong(start, digits + " hexadecimal digits are expected here");
      }
      value = 16 * value + digit;
      place++;
    }
    return (int) Math.min(value, Integer.MAX_VALUE);
  }

  private int written(int point, int start) {
    if (point > Character.MAX_CODE_POINT || (point >= 0xD800 && point <= 0xDFFF)) {
      throw wrong(start, "this is no character of Unicode");
    }
    return point;
  }

  /** What is wrong at a place. */
  GrammarException wrong(int where, String problem) {
    int line = 1;
    int begin = 0;
    for (int i = 0; i < where; i++) {
      boolean isEnd =
          text.charAt(i) == '\n'
              || (text.charAt(i) == '\r' && (i + 1 == text.length() || text.charAt(i + 1) != '\n'));
      line += isEnd ? 1 : 0;
      begin = isEnd ? i + 1 : begin;
    }
    return new GrammarException(line, text.codePointCount(begin, where) + 1, problem);
  }
}
