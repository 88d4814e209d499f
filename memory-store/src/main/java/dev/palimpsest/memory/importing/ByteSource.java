package dev.palimpsest.memory.importing;

import java.io.IOException;
import java.io.InputStream;

/** Bytes one by one, with their place in the file. Used by one thread. */
final class ByteSource {
  static final int END = -1;

  private static final int BUFFER_BYTES = 1 << 16;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private long bufferStart;
  private int next;
  private int filled;

  ByteSource(InputStream in) {
    this.in = in;
  }

  /** The place of the byte that comes next. */
  long position() {
    return bufferStart + next;
  }

  /** The next byte, 0 to 255, or {@link #END}. */
  int read() throws IOException {
    return fill() ? buffer[next++] & 0xFF : END;
  }

  /** The same, without moving on. */
  int peek() throws IOException {
    return fill() ? buffer[next] & 0xFF : END;
  }

  /** Moves past a byte order mark at the beginning of the file. */
  void skipMark() throws IOException {
    if (position() == 0 && peek() == 0xEF) {
      int first = read();
      int second = peek() == 0xBB ? read() : first;
      if (second == 0xBB && peek() == 0xBF) {
        int third = read();
        assert third == 0xBF;
      } else {
        // No mark: what was passed over was the beginning of something broken. Read it again.
        next = 0;
      }
    }
  }

  private boolean fill() throws IOException {
    if (next < filled) {
      return true;
    }
    if (bufferStart == 0 && filled > 0 && filled < 3) {
      return append();
    }
    bufferStart += filled;
    next = 0;
    filled = Math.max(0, in.read(buffer));
    return filled > 0;
  }

  /** The first three bytes stay together, so that a mark can be looked at and left. */
  private boolean append() throws IOException {
    int more = in.read(buffer, filled, buffer.length - filled);
    filled += Math.max(0, more);
    return more > 0;
  }
}
