package dev.palimpsest.engine.token;

import java.nio.charset.StandardCharsets;

/** How a vocabulary writes the bytes of its pieces. */
public enum PieceCoding {
  /** U+2581 is a space; a BYTE token is written {@code <0xNN>}. */
  SENTENCE_PIECE,
  /** Every letter stands for one byte, see {@link ByteAlphabet}. */
  BYTE_LEVEL,
  /** U+2581 is a space, with which every piece begins that begins a word. */
  WORD_PIECE;

  private static final char SPACE_MARK = '\u2581';

  /**
   * The bytes that this token adds to a text: none for CONTROL and, but in {@link #WORD_PIECE},
   * where it stands for whole words and its name is shown, for UNKNOWN.
   */
  byte[] bytes(Token token) {
    return switch (token.type()) {
      case CONTROL -> new byte[0];
      case UNKNOWN -> this == WORD_PIECE ? utf8(token.text()) : new byte[0];
      case USER_DEFINED -> utf8(token.text());
      case BYTE -> new byte[] {(byte) byteOf(token.text())};
      case UNDEFINED, NORMAL, UNUSED ->
          switch (this) {
            case SENTENCE_PIECE, WORD_PIECE -> utf8(token.text().replace(SPACE_MARK, ' '));
            case BYTE_LEVEL -> ByteAlphabet.bytes(token.text());
          };
    };
  }

  /** The byte that {@code <0xNN>} names. */
  private static int byteOf(String text) {
    if (text.length() == 6 && text.startsWith("<0x") && text.endsWith(">")) {
      int high = Character.digit(text.charAt(3), 16);
      int low = Character.digit(text.charAt(4), 16);
      if (high >= 0 && low >= 0) {
        return high << 4 | low;
      }
    }
    throw new IllegalArgumentException("a byte token is written <0xNN>, not " + text);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
