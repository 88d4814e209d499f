package dev.palimpsest.engine.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Checks UTF-8 where it lies, without making strings of it. */
final class Utf8 {
  private Utf8() {}

  /** Offset of the first byte that begins no character of UTF-8 (RFC 3629), or -1. */
  static long firstBroken(MemorySegment bytes, long from, long to) {
    long at = from;
    while (at < to) {
      int length = characterLength(bytes, at, to);
      if (length == 0) {
        return at;
      }
      at += length;
    }
    return -1;
  }

  /** Bytes of the character that begins here, 0 where none does. */
  private static int characterLength(MemorySegment bytes, long at, long to) {
    int lead = byteAt(bytes, at);
    if (lead < 0x80) {
      return 1;
    }
    int length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || to - at < length) {
      return 0;
    }
    for (int i = 1; i < length; i++) {
      if ((byteAt(bytes, at + i) & 0xc0) != 0x80) {
        return 0;
      }
    }
    return secondFits(lead, byteAt(bytes, at + 1)) ? length : 0;
  }

  /** Refuses overlong forms, surrogates and numbers above U+10FFFF, which show in two bytes. */
  private static boolean secondFits(int lead, int second) {
    return switch (lead) {
      case 0xe0 -> second >= 0xa0;
      case 0xed -> second < 0xa0;
      case 0xf0 -> second >= 0x90;
      case 0xf4 -> second < 0x90;
      default -> true;
    };
  }

  private static int byteAt(MemorySegment bytes, long at) {
    return bytes.get(ValueLayout.JAVA_BYTE, at) & 0xff;
  }
}
