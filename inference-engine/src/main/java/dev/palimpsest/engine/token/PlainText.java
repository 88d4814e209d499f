package dev.palimpsest.engine.token;

/** Text as the encoders want it: without lone surrogates, which UTF-8 cannot hold. */
final class PlainText {
  private static final char REPLACEMENT = '\ufffd';

  private PlainText() {}

  /** The text with every lone surrogate replaced by U+FFFD; the same string where there is none. */
  static String of(String text) {
    int lone = firstLone(text, 0);
    if (lone < 0) {
      return text;
    }
    char[] letters = text.toCharArray();
    for (int at = lone; at >= 0; at = firstLone(text, at + 1)) {
      letters[at] = REPLACEMENT;
    }
    return new String(letters);
  }

  private static int firstLone(String text, int from) {
    int at = from;
    while (at < text.length()) {
      int letter = text.codePointAt(at);
      if (letter >= Character.MIN_SURROGATE && letter <= Character.MAX_SURROGATE) {
        return at;
      }
      at += Character.charCount(letter);
    }
    return -1;
  }

  /** Bytes of a character in UTF-8. */
  static int utf8Bytes(int codePoint) {
    if (codePoint < 0x80) {
      return 1;
    }
    if (codePoint < 0x800) {
      return 2;
    }
    return codePoint < 0x10000 ? 3 : 4;
  }
}
