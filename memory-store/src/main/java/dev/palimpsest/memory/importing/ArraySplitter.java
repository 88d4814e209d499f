package dev.palimpsest.memory.importing;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Elements of the one JSON array that a file is; a file that is one object has itself as its only
 * element. Brackets are counted and not matched: what is within an element is judged by whoever
 * reads it, and what stands after the array is one more unit, which nobody can read.
 */
final class ArraySplitter implements Splitter {
  /** The longest element. */
  static final int ELEMENT_BYTES_MAX = 32 << 20;

  private enum Place {
    BEFORE,
    INSIDE,
    AFTER
  }

  private final ByteSource in;
  private final boolean isPart;
  private final ByteBuilder element = new ByteBuilder(ELEMENT_BYTES_MAX);
  private Place place;

  ArraySplitter(ByteSource in) {
    this(in, Place.BEFORE, false);
  }

  private ArraySplitter(ByteSource in, Place place, boolean isPart) {
    this.in = in;
    this.place = place;
    this.isPart = isPart;
  }

  /** Of an array that begins here and after which the file goes on with something else. */
  static ArraySplitter ofPart(ByteSource in) {
    return new ArraySplitter(in, Place.BEFORE, true);
  }

  /** Of nothing but what stands after the end of all there should be. */
  static ArraySplitter ofRest(ByteSource in) {
    return new ArraySplitter(in, Place.AFTER, false);
  }

  @Override
  public @Nullable Unit next() throws IOException {
    if (isPart && place == Place.AFTER) {
      return null;
    }
    in.skipMark();
    int first = skipBlanks(place == Place.INSIDE);
    if (place == Place.BEFORE && first == '[') {
      place = Place.INSIDE;
      int opening = in.read();
      assert opening == '[';
      first = skipBlanks(false);
    }
    if (place == Place.INSIDE && first == ']') {
      place = Place.AFTER;
      int closing = in.read();
      assert closing == ']';
      if (isPart) {
        return null;
      }
      first = skipBlanks(false);
    }
    if (first == ByteSource.END) {
      return atEnd();
    }
    return place == Place.INSIDE || place == Place.BEFORE ? element(first) : rest();
  }

  private @Nullable Unit atEnd() {
    boolean isCut = place == Place.INSIDE;
    place = Place.AFTER;
    Span here = new Span(in.position(), in.position());
    return isCut ? new Unit(new byte[0], here, false, true) : null;
  }

  private Unit element(int first) throws IOException {
    if (place == Place.BEFORE) {
      place = Place.AFTER;
    }
    element.clear();
    long start = in.position();
    boolean isNested = first == '{' || first == '[';
    boolean isWhole = isNested ? nested(in, element) : scalar(first == '"');
    if (!isWhole) {
      // The file ended within it; that the array was not closed either is the same bad news.
      place = Place.AFTER;
    }
    return unit(start, !isWhole);
  }

  /** Takes an object or array; whether it was closed before the end. */
  static boolean nested(ByteSource in, ByteBuilder element) throws IOException {
    int depth = 0;
    boolean isText = false;
    boolean isEscaped = false;
    do {
      int b = in.read();
      if (b == ByteSource.END) {
        return false;
      }
      element.add(b);
      if (isText) {
        isText = b != '"' || isEscaped;
        isEscaped = b == '\\' && !isEscaped;
      } else {
        isText = b == '"';
        depth += b == '{' || b == '[' ? 1 : b == '}' || b == ']' ? -1 : 0;
      }
    } while (depth > 0);
    return true;
  }

  /** Anything else, up to where the next element or the end of the array may be. */
  private boolean scalar(boolean isText) throws IOException {
    boolean isEscaped = false;
    element.add(in.read());
    boolean isOpen = isText;
    for (int b = in.peek(); isOpen || !isEnd(b); b = in.peek()) {
      if (b == ByteSource.END) {
        return false;
      }
      element.add(in.read());
      isOpen = isOpen && (b != '"' || isEscaped);
      isEscaped = b == '\\' && !isEscaped;
    }
    return true;
  }

  private Unit rest() throws IOException {
    element.clear();
    long start = in.position();
    for (int b = in.read(); b != ByteSource.END; b = in.read()) {
      element.add(b);
    }
    return unit(start, false);
  }

  private Unit unit(long start, boolean isCut) {
    Span span = new Span(start, in.position());
    return new Unit(element.all(), span, element.hasOverflowed(), isCut);
  }

  private int skipBlanks(boolean commasToo) throws IOException {
    int b = in.peek();
    while (isBlank(b) || (commasToo && b == ',')) {
      int passed = in.read();
      assert passed == b;
      b = in.peek();
    }
    return b;
  }

  private static boolean isEnd(int b) {
    return b == ByteSource.END || b == ',' || b == ']' || isBlank(b);
  }

  static boolean isBlank(int b) {
    return b == ' ' || b == '\t' || b == '\n' || b == '\r';
  }
}
