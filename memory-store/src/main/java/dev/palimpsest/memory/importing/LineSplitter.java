package dev.palimpsest.memory.importing;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Lines that end in LF or CR LF; the last one may end without. */
final class LineSplitter implements Splitter {
  /** The longest line. */
  static final int LINE_BYTES_MAX = 4 << 20;

  private final ByteSource in;
  private final ByteBuilder line;

  LineSplitter(ByteSource in) {
    this(in, LINE_BYTES_MAX);
  }

  /** With another limit for a line. */
  LineSplitter(ByteSource in, int bytesMax) {
    this.in = in;
    line = new ByteBuilder(bytesMax);
  }

  @Override
  public @Nullable Unit next() throws IOException {
    in.skipMark();
    long start = in.position();
    line.clear();
    int b = in.read();
    if (b == ByteSource.END) {
      return null;
    }
    while (b != '\n' && b != ByteSource.END) {
      line.add(b);
      b = in.read();
    }
    Span span = new Span(start, in.position());
    return new Unit(line.line(), span, line.hasOverflowed(), b == ByteSource.END);
  }
}
