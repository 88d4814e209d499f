package dev.palimpsest.memory.importing;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A piece of a file that is read on its own and can fail on its own: a line, or an element of the
 * array that the file is. Its bytes are not changed by anybody.
 */
final class Unit {
  private final byte[] bytes;
  private final Span span;
  private final boolean isTooLarge;
  private final boolean isCut;

  /**
   * Takes over the bytes.
   *
   * @param isTooLarge whether it was longer than allowed; there are no bytes then
   * @param isCut whether the file ended before it did, or may have
   */
  Unit(byte[] bytes, Span span, boolean isTooLarge, boolean isCut) {
    this.bytes = bytes;
    this.span = span;
    this.isTooLarge = isTooLarge;
    this.isCut = isCut;
  }

  byte[] bytes() {
    return bytes;
  }

  Span span() {
    return span;
  }

  boolean isTooLarge() {
    return isTooLarge;
  }

  boolean isCut() {
    return isCut;
  }

  /** Nothing but blanks. */
  boolean isBlank() {
    for (byte b : bytes) {
      if (b != ' ' && b != '\t' && b != '\r') {
        return false;
      }
    }
    return true;
  }

  /**
   * The bytes as text.
   *
   * @throws UnusableException when they are too many or no UTF-8
   */
  String text() throws UnusableException {
    if (isTooLarge) {
      throw new UnusableException(RejectionReason.RECORD_TOO_LARGE, "It is longer than allowed.");
    }
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    // Half a character at the very end is a cut, not a wrong encoding, where the file ends there.
    CoderResult result = decoder.decode(in, out, false);
    if (result.isUnderflow() && in.hasRemaining() && isCut) {
      throw cut();
    }
    if (!result.isUnderflow() || in.hasRemaining()) {
      throw new UnusableException(
          RejectionReason.INVALID_ENCODING,
          "Byte " + (span.start() + in.position()) + " of the file is not UTF-8.");
    }
    return out.flip().toString();
  }

  /**
   * The bytes as the text of an element of an array; where the file ended before one began, that is
   * a cut too.
   *
   * @throws UnusableException when they are too many, no UTF-8, or cut
   */
  String element() throws UnusableException {
    String text = text();
    if (isCut && text.isBlank()) {
      throw cut();
    }
    return text;
  }

  /** The one item that says why nothing of it can be used. */
  List<ImportItem> bad(UnusableException why) {
    return List.of(new ImportItem.Bad(why.reason(), why.detail(), span.start(), span.end()));
  }

  static UnusableException cut() {
    return new UnusableException(RejectionReason.TRUNCATED, "The file ends in the middle of it.");
  }
}
