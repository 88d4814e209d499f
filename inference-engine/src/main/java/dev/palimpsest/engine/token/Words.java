package dev.palimpsest.engine.token;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/**
 * The words of a text in small letters without accents: what stands between white space, with
 * punctuation, ASCII symbols and CJK ideographs as words of their own. Control characters and marks
 * are left out, and of a composed character all but its base.
 */
final class Words {
  private static final char SPACE_MARK = '\u2581';
  private static final char REPLACEMENT = '\ufffd';
  private static final int ASCII = 0x80;

  private final String text;
  private int at;

  Words(String text) {
    this.text = text;
  }

  /** The next word in UTF-8 with a space before it; nothing at the end of the text. */
  byte[] next() {
    StringBuilder word = new StringBuilder(" ");
    while (at < text.length()) {
      int letter = base(text.codePointAt(at));
      boolean isSpace = isSpace(letter);
      boolean isAlone = isAlone(letter);
      if ((isSpace || isAlone) && word.length() > 1) {
        break;
      }
      at += Character.charCount(text.codePointAt(at));
      if (isSpace || isDropped(letter)) {
        continue;
      }
      // A space mark in the text is what the vocabulary writes for a space.
      word.appendCodePoint(letter == SPACE_MARK ? ' ' : Character.toLowerCase(letter));
      if (isAlone) {
        break;
      }
    }
    return word.length() > 1 ? word.toString().getBytes(StandardCharsets.UTF_8) : new byte[0];
  }

  /** The first character of the canonical decomposition. */
  private static int base(int letter) {
    if (letter < ASCII) {
      return letter;
    }
    return Normalizer.normalize(Character.toString(letter), Normalizer.Form.NFD).codePointAt(0);
  }

  private static boolean isSpace(int letter) {
    return (letter >= '\t' && letter <= '\r') || letter == 0x85 || Character.isSpaceChar(letter);
  }

  private static boolean isDropped(int letter) {
    return letter == REPLACEMENT
        || switch (Character.getType(letter)) {
          case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE ->
              true;
          case Character.NON_SPACING_MARK,
              Character.COMBINING_SPACING_MARK,
              Character.ENCLOSING_MARK ->
              true;
          default -> false;
        };
  }

  private static boolean isAlone(int letter) {
    return switch (Character.getType(letter)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          true;
      case Character.MATH_SYMBOL, Character.CURRENCY_SYMBOL, Character.MODIFIER_SYMBOL ->
          letter < ASCII;
      default -> isIdeograph(letter);
    };
  }

  /** The blocks that BERT takes for Chinese. */
  private static boolean isIdeograph(int letter) {
    return (letter >= 0x4E00 && letter <= 0x9FFF)
        || (letter >= 0x3400 && letter <= 0x4DBF)
        || (letter >= 0x20000 && letter <= 0x2A6DF)
        || (letter >= 0x2A700 && letter <= 0x2B73F)
        || (letter >= 0x2B740 && letter <= 0x2B81F)
        || (letter >= 0x2B920 && letter <= 0x2CEAF)
        || (letter >= 0xF900 && letter <= 0xFAFF)
        || (letter >= 0x2F800 && letter <= 0x2FA1F);
  }
}
