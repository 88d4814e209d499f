package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into text and tags and removes the white space that tags eat: a minus inside a
 * delimiter eats all of it on its side, a plus keeps it, and without a sign a statement or comment
 * eats the blanks before it on its line and the line end after it ({@code lstrip_blocks}, {@code
 * trim_blocks}).
 */
final class TemplateLexer {
  private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-%}\\s*|%})");
  private static final Pattern END_RAW =
      Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(\\+%}|-%}\\s*|%}\\n?)");

  private final Source source;
  private final String text;
  private final List<Segment> segments = new ArrayList<>();
  private int position;

  TemplateLexer(Source source) {
    this.source = source;
    this.text = source.text();
  }

  List<Segment> segments() {
    while (position < text.length()) {
      int tag = nextTag();
      if (tag < 0) {
        addText(position, text.length(), ' ', false);
        break;
      }
      boolean output = text.charAt(tag + 1) == '{';
      addText(position, tag, sign(tag + 2), !output);
      read(tag);
    }
    return List.copyOf(segments);
  }

  private void read(int tag) {
    char sign = sign(tag + 2);
    int inside = sign == '-' || sign == '+' ? tag + 3 : tag + 2;
    switch (text.charAt(tag + 1)) {
      case '#' -> comment(tag, inside);
      case '{' -> segments.add(new Segment.Output(tokens(inside, "}}"), tag));
      case '%' -> statement(tag, inside);
      default -> throw new IllegalStateException("not a tag at " + tag);
    }
  }

  private void statement(int tag, int inside) {
    Matcher raw = RAW.matcher(text).region(tag, text.length());
    if (raw.lookingAt()) {
      raw(tag, raw.end());
    } else {
      segments.add(new Segment.Statement(tokens(inside, "%}"), tag));
    }
  }

  private List<Token> tokens(int inside, String close) {
    ExpressionLexer lexer = new ExpressionLexer(source);
    List<Token> tokens = lexer.tokens(inside, close);
    position = lexer.position();
    return tokens;
  }

  private void raw(int tag, int start) {
    Matcher end = END_RAW.matcher(text);
    if (!end.find(start)) {
      throw source.error(tag, "raw", "'endraw' is missing");
    }
    char sign = end.group(1).isEmpty() ? ' ' : end.group(1).charAt(0);
    addText(start, end.start(), sign, true);
    position = end.end();
  }

  private void comment(int tag, int inside) {
    int close = text.indexOf("#}", inside);
    if (close < 0) {
      throw source.error(tag, "comment", "'#}' is missing");
    }
    position = close + 2;
    char sign = close > inside ? sign(close - 1) : ' ';
    if (sign == '-') {
      position = Whitespace.skip(text, position);
    } else if (sign != '+' && text.startsWith("\n", position)) {
      position++;
    }
  }

  private int nextTag() {
    for (int at = text.indexOf('{', position); at >= 0; at = text.indexOf('{', at + 1)) {
      if (at + 1 < text.length() && "{%#".indexOf(text.charAt(at + 1)) >= 0) {
        return at;
      }
    }
    return -1;
  }

  private char sign(int at) {
    return at < text.length() ? text.charAt(at) : ' ';
  }

  /** Adds the text up to a tag, less what the tag eats on its left. */
  private void addText(int start, int end, char sign, boolean eatsBlanks) {
    String piece = text.substring(start, end);
    if (sign == '-') {
      piece = Whitespace.stripRight(piece, Whitespace::is);
    } else if (sign != '+' && eatsBlanks) {
      piece = withoutBlanksOfLine(piece, start);
    }
    if (!piece.isEmpty()) {
      segments.add(new Segment.Plain(piece, start));
    }
  }

  private String withoutBlanksOfLine(String piece, int start) {
    int line = piece.lastIndexOf('\n') + 1;
    boolean wholeLine = line > 0 || start == 0 || text.charAt(start - 1) == '\n';
    boolean blank = Whitespace.skip(piece, line) == piece.length();
    return wholeLine && blank ? piece.substring(0, line) : piece;
  }
}
