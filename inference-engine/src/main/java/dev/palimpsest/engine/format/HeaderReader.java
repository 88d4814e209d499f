package dev.palimpsest.engine.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over the mapped file that never reads past its end and never allocates by a number it
 * has not checked. Every refusal carries the offset at which the refused field begins.
 */
final class HeaderReader {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final MemorySegment bytes;
  private long position;

  HeaderReader(Path file, MemorySegment bytes, long position) {
    this.file = file;
    this.bytes = bytes;
    this.position = position;
  }

  /** Another cursor over the same bytes. */
  HeaderReader at(long offset) {
    return new HeaderReader(file, bytes, offset);
  }

  long position() {
    return position;
  }

  long remaining() {
    return bytes.byteSize() - position;
  }

  int u8(String field) {
    return bytes.get(ValueLayout.JAVA_BYTE, take(1, field)) & 0xff;
  }

  int i16(String field) {
    return bytes.get(SHORT, take(2, field));
  }

  int i32(String field) {
    return bytes.get(INT, take(4, field));
  }

  long u32(String field) {
    return i32(field) & 0xffff_ffffL;
  }

  long i64(String field) {
    return bytes.get(LONG, take(8, field));
  }

  /** An unsigned 64-bit number of at most {@code max}. */
  long u64(String field, long max) {
    long from = position;
    long value = i64(field);
    if (value < 0 || value > max) {
      throw refuse(from, field, Long.toUnsignedString(value) + " is more than " + max);
    }
    return value;
  }

  /** A number of things, of which each takes {@code bytesEach} or more of what is left. */
  long count(String field, long max, int bytesEach) {
    long from = position;
    long count = u64(field, max);
    if (count > remaining() / bytesEach) {
      throw refuse(
          from, field, count + " do not fit into the " + remaining() + " bytes that are left");
    }
    return count;
  }

  /** Passes over a string of at most {@code bytesMax} bytes and checks that it is UTF-8. */
  void skipString(String field, long bytesMax) {
    long length = count(field + " length", bytesMax, 1);
    long from = take(length, field);
    long broken = Utf8.firstBroken(bytes, from, from + length);
    if (broken >= 0) {
      throw refuse(broken, field, "is not UTF-8");
    }
  }

  /** A string of at most {@code bytesMax} bytes of UTF-8. */
  String string(String field, long bytesMax) {
    HeaderReader again = at(position);
    skipString(field, bytesMax);
    int length = (int) again.i64(field);
    byte[] text = new byte[length];
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, again.position, text, 0, length);
    return new String(text, StandardCharsets.UTF_8);
  }

  /** Passes over {@code count} values of a fixed size; the caller has checked the product. */
  void skip(long length, String field) {
    take(length, field);
  }

  ModelFormatException refuse(long offset, String field, String detail) {
    return refuse(offset, field, detail, null);
  }

  ModelFormatException refuse(long offset, String field, String detail, @Nullable Throwable cause) {
    return new ModelFormatException(file, offset, field, detail, cause);
  }

  private long take(long length, String field) {
    if (length > remaining()) {
      throw refuse(
          position,
          field,
          "the file ends here: " + length + " bytes expected, " + remaining() + " left");
    }
    long from = position;
    position += length;
    return from;
  }
}
