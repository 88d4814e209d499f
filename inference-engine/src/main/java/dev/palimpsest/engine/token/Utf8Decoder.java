package dev.palimpsest.engine.token;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Turns a stream of pieces into text. A character whose bytes are spread over several pieces is
 * held back until it is whole; bytes that can begin no character become U+FFFD. For one thread.
 */
public final class Utf8Decoder {
  private byte[] held = new byte[0];

  /** The text that is whole after these bytes; may be empty. */
  public String append(byte[] piece) {
    byte[] bytes = piece;
    if (held.length > 0) {
      bytes = Arrays.copyOf(held, held.length + piece.length);
      System.arraycopy(piece, 0, bytes, held.length, piece.length);
    }
    int whole = bytes.length - openTail(bytes);
    held = Arrays.copyOfRange(bytes, whole, bytes.length);
    return new String(bytes, 0, whole, StandardCharsets.UTF_8);
  }

  /** The end of the stream: U+FFFD for a character that was not completed, else nothing. */
  public String flush() {
    String tail = new String(held, StandardCharsets.UTF_8);
    held = new byte[0];
    return tail;
  }

  /** Whether bytes are held back. */
  public boolean isHolding() {
    return held.length > 0;
  }

  /** Bytes at the end that further bytes could make a character of: 0 to 3. */
  private static int openTail(byte[] bytes) {
    for (int length = 1; length <= Math.min(3, bytes.length); length++) {
      int lead = bytes[bytes.length - length] & 0xff;
      if (lead >= 0xc0) {
        boolean open = length < expected(lead) && secondFits(bytes, bytes.length - length, lead);
        return open ? length : 0;
      }
      if (lead < 0x80) {
        return 0;
      }
    }
    return 0;
  }

  /** Bytes of the character that this one begins, 0 where it can begin none. */
  private static int expected(int lead) {
    if (lead < 0xc2 || lead > 0xf4) {
      return 0;
    }
    return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  }

  /**
   * Whether the second byte, if it is there, leaves a character possible. An encoded surrogate is
   * held until it is complete, too, because the decoder replaces it as one.
   */
  private static boolean secondFits(byte[] bytes, int from, int lead) {
    if (from + 1 == bytes.length) {
      return true;
    }
    int second = bytes[from + 1] & 0xff;
    return switch (lead) {
      case 0xe0 -> second >= 0xa0;
      case 0xf0 -> second >= 0x90;
      case 0xf4 -> second < 0x90;
      default -> true;
    };
  }
}
