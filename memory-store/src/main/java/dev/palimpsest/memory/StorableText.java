package dev.palimpsest.memory;

import java.util.Optional;

/**
 * What a text must be to survive the store unchanged: no NUL (PostgreSQL cannot hold it), no
 * surrogate without its partner (UTF-8 cannot), and no longer than its field allows. Everything
 * else, U+FFFD and other controls included, is stored as it is.
 */
public final class StorableText {
  private static final int QUOTED_CHARACTERS_MAX = 80;
  private static final char REPLACEMENT = '\uFFFD';

  private StorableText() {}

  /**
   * What keeps {@code text} from being stored, as the end of a sentence about it, or empty.
   *
   * @param charactersMax the most UTF-16 units allowed
   */
  public static Optional<String> problem(String text, int charactersMax) {
    if (text.length() > charactersMax) {
      return Optional.of("is " + text.length() + " characters long; at most " + charactersMax);
    }
    int bad = firstBad(text);
    if (bad < 0) {
      return Optional.empty();
    }
    String what = text.charAt(bad) == 0 ? "a NUL character" : "half of a surrogate pair";
    return Optional.of("holds " + what + " at character " + bad);
  }

  /**
   * Returns {@code text} when it can be stored.
   *
   * @param field the name to put into the message
   * @throws IllegalArgumentException naming the field, the reason and the position
   */
  public static String require(String field, String text, int charactersMax) {
    Optional<String> problem = problem(text, charactersMax);
    if (problem.isPresent()) {
      throw new IllegalArgumentException(field + " " + problem.get());
    }
    return text;
  }

  /**
   * The text with NUL and lone surrogates replaced by U+FFFD, one for one: for words that were made
   * by a model and which nobody can be asked to write again. The same object when it was clean.
   */
  public static String sanitised(String text) {
    if (firstBad(text) < 0) {
      return text;
    }
    StringBuilder clean = new StringBuilder(text);
    for (int i = 0; i < clean.length(); i++) {
      if (isBad(text, i)) {
        clean.setCharAt(i, REPLACEMENT);
      }
    }
    return clean.toString();
  }

  /** A short, printable quotation of outside input for a message: cut, controls escaped. */
  static String quote(String text) {
    int end = Math.min(text.length(), QUOTED_CHARACTERS_MAX);
    StringBuilder quoted = new StringBuilder(end + 2).append('"');
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      boolean plain = c >= ' ' && c != '"' && c < 0x7F;
      quoted.append(plain ? String.valueOf(c) : String.format("\\u%04x", (int) c));
    }
    return quoted.append(end < text.length() ? "…\"" : "\"").toString();
  }

  private static int firstBad(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isBad(text, i)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isBad(String text, int i) {
    char c = text.charAt(i);
    if (Character.isHighSurrogate(c)) {
      return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
    }
    if (Character.isLowSurrogate(c)) {
      return i == 0 || !Character.isHighSurrogate(text.charAt(i - 1));
    }
    return c == 0;
  }
}
