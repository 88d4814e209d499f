package dev.palimpsest.engine.chat;

import java.util.function.IntPredicate;

/**
 * White space as Python's {@code str.strip} and {@code \s} see it: Unicode's, no-break included.
 */
final class Whitespace {
  private Whitespace() {}

  static boolean is(int codePoint) {
    return Character.isWhitespace(codePoint)
        || Character.isSpaceChar(codePoint)
        || codePoint == 0x85;
  }

  /** The first offset from {@code start} on that holds no white space. */
  static int skip(String text, int start) {
    int at = start;
    while (at < text.length() && is(text.charAt(at))) {
      at++;
    }
    return at;
  }

  static String stripLeft(String text, IntPredicate drop) {
    int at = 0;
    while (at < text.length() && drop.test(text.codePointAt(at))) {
      at += Character.charCount(text.codePointAt(at));
    }
    return text.substring(at);
  }

  static String stripRight(String text, IntPredicate drop) {
    int end = text.length();
    while (end > 0 && drop.test(text.codePointBefore(end))) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return text.substring(0, end);
  }
}
