package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads JSON, strictly. Small and here, because this module carries no JSON library. */
final class JsonParser {
  private static final Pattern NUMBER =
      Pattern.compile("-?(?:0|[1-9][0-9]*+)(\\.[0-9]++)?([eE][-+]?[0-9]++)?");

  private final String text;
  private int position;
  private int depth;

  JsonParser(String text) {
    this.text = text;
  }

  JsonValue parse() {
    JsonValue value = value();
    skipBlanks();
    if (position < text.length()) {
      throw error("text after the value");
    }
    return value;
  }

  private JsonValue value() {
    skipBlanks();
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> new JsonValue.Text(string());
      case 't' -> word("true", new JsonValue.Bool(true));
      case 'f' -> word("false", new JsonValue.Bool(false));
      case 'n' -> word("null", JsonValue.Null.NULL);
      default -> number();
    };
  }

  private JsonValue object() {
    enter();
    Map<String, JsonValue> entries = new LinkedHashMap<>();
    while (more('}', entries.isEmpty())) {
      skipBlanks();
      String key = string();
      skipBlanks();
      expect(':');
      if (entries.put(key, value()) != null) {
        throw error("the key '" + key + "' occurs twice");
      }
    }
    depth--;
    return new JsonValue.Fields(entries);
  }

  private JsonValue array() {
    enter();
    List<JsonValue> elements = new ArrayList<>();
    while (more(']', elements.isEmpty())) {
      elements.add(value());
    }
    depth--;
    return new JsonValue.Array(elements);
  }

  /** Steps over the closing bracket, or over the comma before another element. */
  private boolean more(char close, boolean first) {
    skipBlanks();
    if (peek() == close) {
      position++;
      return false;
    }
    if (!first) {
      expect(',');
    }
    return true;
  }

  private void enter() {
    position++;
    if (++depth > Limits.VALUE_DEPTH) {
      throw error("nested deeper than " + Limits.VALUE_DEPTH + " levels");
    }
  }

  private JsonValue word(String word, JsonValue value) {
    if (!text.startsWith(word, position)) {
      throw error("expected " + word);
    }
    position += word.length();
    return value;
  }

  private JsonValue number() {
    Matcher matcher = NUMBER.matcher(text).region(position, text.length());
    if (!matcher.lookingAt()) {
      throw error("expected a value");
    }
    String digits = matcher.group();
    boolean whole = matcher.group(1) == null && matcher.group(2) == null;
    position = matcher.end();
    if (whole && digits.length() <= 18) {
      return new JsonValue.Whole(Long.parseLong(digits));
    }
    double number = Double.parseDouble(digits);
    if (Double.isInfinite(number)) {
      throw error("the number is too large");
    }
    return new JsonValue.Decimal(number);
  }

  private String string() {
    expect('"');
    StringBuilder out = new StringBuilder();
    for (char c = take(); c != '"'; c = take()) {
      if (c < ' ') {
        throw error("a control character in a string");
      }
      out.append(c == '\\' ? escape() : c);
    }
    return out.toString();
  }

  private char escape() {
    char kind = take();
    return switch (kind) {
      case '"', '\\', '/' -> kind;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unicode();
      default -> throw error("unknown escape '\\" + kind + "'");
    };
  }

  private char unicode() {
    int code = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(take(), 16);
      if (digit < 0) {
        throw error("expected four hexadecimal digits");
      }
      code = code * 16 + digit;
    }
    return (char) code;
  }

  private char take() {
    char c = peek();
    position++;
    return c;
  }

  private char peek() {
    if (position >= text.length()) {
      throw error("the text ends too early");
    }
    return text.charAt(position);
  }

  private void expect(char wanted) {
    if (take() != wanted) {
      position--;
      throw error("expected '" + wanted + "'");
    }
  }

  private void skipBlanks() {
    while (position < text.length() && " \t\r\n".indexOf(text.charAt(position)) >= 0) {
      position++;
    }
  }

  private IllegalArgumentException error(String message) {
    return new IllegalArgumentException("JSON at offset " + position + ": " + message);
  }
}
