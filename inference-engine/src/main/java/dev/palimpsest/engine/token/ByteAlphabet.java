package dev.palimpsest.engine.token;

import java.nio.charset.StandardCharsets;

/**
 * The letters by which byte-level BPE writes bytes: a printable byte of Latin-1 is itself, the
 * other 68 are U+0100 to U+0143 in their order.
 */
final class ByteAlphabet {
  private static final int LETTERS = 0x144;
  private static final short[] BYTE_OF_LETTER = byteOfLetter();

  private ByteAlphabet() {}

  private static short[] byteOfLetter() {
    short[] bytes = new short[LETTERS];
    java.util.Arrays.fill(bytes, (short) -1);
    int next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b > 0x20 && b < 0x7f) || (b > 0xa0 && b != 0xad);
      bytes[printable ? b : next++] = (short) b;
    }
    return bytes;
  }

  /** The bytes that a text in these letters means; a text with any other letter means itself. */
  static byte[] bytes(String text) {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      char letter = text.charAt(i);
      if (letter >= LETTERS || BYTE_OF_LETTER[letter] < 0) {
        return text.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = (byte) BYTE_OF_LETTER[letter];
    }
    return bytes;
  }
}
