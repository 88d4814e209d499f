package dev.palimpsest.engine.schema;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes values of a schema as JSON without spaces. */
final class JsonWriter {
  private static final String SHORT = "\b\t\n\f\r\"\\";
  private static final String LETTERS = "btnfr\"\\";

  private JsonWriter() {}

  /**
   * A value.
   *
   * @throws IllegalArgumentException for what is no JSON value
   */
  static String value(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case String text -> text(text);
      case Boolean truth -> truth.toString();
      case Number number -> number(number);
      case List<?> list ->
          list.stream().map(JsonWriter::value).collect(Collectors.joining(",", "[", "]"));
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(each -> text(String.valueOf(each.getKey())) + ":" + value(each.getValue()))
              .collect(Collectors.joining(",", "{", "}"));
      default -> throw new IllegalArgumentException("no JSON value: " + value.getClass());
    };
  }

  private static String number(Number number) {
    if (number instanceof Double each && !Double.isFinite(each)) {
      throw new IllegalArgumentException("no JSON number: " + number);
    }
    return number.toString();
  }

  static String text(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char each = text.charAt(i);
      int known = SHORT.indexOf(each);
      if (known >= 0) {
        out.append('\\').append(LETTERS.charAt(known));
      } else if (each < ' ' || isLonely(text, i)) {
        out.append("\\u%04x".formatted((int) each));
      } else {
        out.append(each);
      }
    }
    return out.append('"').toString();
  }

  /** Half of a surrogate pair has no form in UTF-8. */
  private static boolean isLonely(String text, int i) {
    char each = text.charAt(i);
    if (Character.isHighSurrogate(each)) {
      return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
    }
    return Character.isLowSurrogate(each)
        && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
  }
}
