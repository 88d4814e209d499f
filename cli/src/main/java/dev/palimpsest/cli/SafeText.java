package dev.palimpsest.cli;

/**
 * Makes foreign text harmless for a terminal. Escape, bell, backspace and all other controls become
 * visible pictures, so that no answer can move the cursor, set a title, write to the clipboard or
 * hide what it said; characters that reorder the line become U+FFFD. Line feeds and tabs stay.
 * Every character is judged alone, so a sequence cut between two deltas is harmless as well.
 */
final class SafeText {
  private static final int DELETE = 0x7f;
  private static final char PICTURES = '\u2400';
  private static final char PICTURE_OF_DELETE = '\u2421';
  private static final char REPLACEMENT = '\ufffd';

  private SafeText() {}

  /** {@code text} with its line breaks and tabs, everything else printable. */
  static String of(String text) {
    StringBuilder safe = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean endsLine = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
      if (!endsLine) {
        safe.append(harmless(c));
      }
    }
    return safe.toString();
  }

  /** {@code text} on one line, cut to {@code charsMax} with an ellipsis. */
  static String line(String text, int charsMax) {
    String safe = of(text).replace('\n', ' ').replace('\t', ' ').strip();
    return safe.length() <= charsMax ? safe : safe.substring(0, charsMax - 1) + "…";
  }

  private static char harmless(char c) {
    if (c == '\n' || c == '\t') {
      return c;
    }
    if (c < ' ') {
      return (char) (PICTURES + c);
    }
    if (c == DELETE) {
      return PICTURE_OF_DELETE;
    }
    return isControlAboveAscii(c) || reordersLine(c) ? REPLACEMENT : c;
  }

  /** The eight-bit controls; some terminals read U+009B as "escape, bracket". */
  private static boolean isControlAboveAscii(char c) {
    return c >= 0x80 && c <= 0x9f;
  }

  private static boolean reordersLine(char c) {
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  }
}
