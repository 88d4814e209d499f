package dev.palimpsest.engine.chat;

/** Backslash escapes of string literals, those of Python; an unknown escape stands for itself. */
final class Escapes {
  private Escapes() {}

  static String resolve(Source source, int start, int end) {
    String text = source.text();
    StringBuilder out = new StringBuilder(end - start);
    int at = start;
    while (at < end) {
      char c = text.charAt(at);
      if (c != '\\') {
        out.append(c);
        at++;
      } else {
        at = escape(source, at, end, out);
      }
    }
    return out.toString();
  }

  /** Appends what the escape at {@code at} means and returns the offset behind it. */
  private static int escape(Source source, int at, int end, StringBuilder out) {
    char kind = source.text().charAt(at + 1);
    int simple = "abfnrtv\\'\"\n".indexOf(kind);
    if (simple >= 0) {
      out.append("\u0007\b\f\n\r\t\u000b\\'\"".substring(simple, Math.min(simple + 1, 10)));
      return at + 2;
    }
    return switch (kind) {
      case 'x' -> code(source, at, 2, end, out);
      case 'u' -> code(source, at, 4, end, out);
      case 'U' -> code(source, at, 8, end, out);
      case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(source.text(), at + 1, end, out);
      default -> {
        out.append('\\').append(kind);
        yield at + 2;
      }
    };
  }

  private static int code(Source source, int at, int digits, int end, StringBuilder out) {
    int last = at + 2 + digits;
    String hex = source.text().substring(at + 2, Math.min(last, end));
    boolean valid =
        hex.length() == digits && hex.chars().allMatch(c -> Character.digit(c, 16) >= 0);
    long codePoint = valid ? Long.parseLong(hex, 16) : -1;
    if (codePoint < 0 || codePoint > Character.MAX_CODE_POINT) {
      throw source.error(at, "string", "bad escape '\\" + source.text().charAt(at + 1) + hex + "'");
    }
    out.appendCodePoint((int) codePoint);
    return last;
  }

  private static int octal(String text, int start, int end, StringBuilder out) {
    int at = start;
    int code = 0;
    while (at < Math.min(start + 3, end) && Character.digit(text.charAt(at), 8) >= 0) {
      code = code * 8 + Character.digit(text.charAt(at), 8);
      at++;
    }
    out.append((char) code);
    return at;
  }
}
