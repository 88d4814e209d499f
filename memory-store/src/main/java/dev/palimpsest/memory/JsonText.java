package dev.palimpsest.memory;

import java.util.HexFormat;

/** Texts as RFC 8785 writes them in JSON: with no more escapes than they need. */
public final class JsonText {
  private static final char FIRST_PLAIN = ' ';

  private JsonText() {}

  /** Appends a text with its quotation marks. */
  public static void quote(String text, StringBuilder json) {
    json.append('"');
    int plain = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < FIRST_PLAIN || c == '"' || c == '\\') {
        json.append(text, plain, i);
        escape(c, json);
        plain = i + 1;
      }
    }
    json.append(text, plain, text.length()).append('"');
  }

  private static void escape(char c, StringBuilder json) {
    switch (c) {
      case '"', '\\' -> json.append('\\').append(c);
      case '\b' -> json.append("\\b");
      case '\t' -> json.append("\\t");
      case '\n' -> json.append("\\n");
      case '\f' -> json.append("\\f");
      case '\r' -> json.append("\\r");
      default -> json.append("\\u00").append(HexFormat.of().toHexDigits((byte) c));
    }
  }
}
