package dev.palimpsest.memory.importing;

import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Elements of the array that a file is, or of the arrays that are members of the object that a file
 * is. An object without such a member is itself the only element. What stands in other members is
 * passed over unread.
 */
final class ListSplitter implements Splitter {
  private static final int NAME_BYTES_MAX = 32;

  private enum Place {
    BEFORE,
    BARE,
    MEMBERS,
    LIST,
    AFTER
  }

  private final ByteSource in;
  private final Set<String> lists;
  private final Set<String> around;
  private ByteBuilder seen = new ByteBuilder(ArraySplitter.ELEMENT_BYTES_MAX);
  private ArraySplitter elements;
  private Place place = Place.BEFORE;
  private boolean hasList;
  private int depth;
  private long start;

  private ListSplitter(ByteSource in, Set<String> lists, Set<String> around) {
    this.in = in;
    this.lists = lists;
    this.around = around;
    elements = new ArraySplitter(in);
  }

  /** Memories and what the graph says beside them. */
  static ListSplitter ofMem0(ByteSource in) {
    return new ListSplitter(in, Set.of("results", "memories", "relations"), Set.of());
  }

  /** Messages of a state, which may be wrapped once more. */
  static ListSplitter ofChat(ByteSource in) {
    return new ListSplitter(in, Set.of("messages"), Set.of("values", "channel_values"));
  }

  @Override
  public @Nullable Unit next() throws IOException {
    if (place == Place.BEFORE) {
      begin();
    }
    while (place == Place.MEMBERS || place == Place.LIST) {
      Unit unit = place == Place.LIST ? listed() : step();
      if (unit != null) {
        if (unit.isCut()) {
          end();
        }
        return unit;
      }
    }
    return elements.next();
  }

  private void begin() throws IOException {
    in.skipMark();
    skipBlanks();
    if (in.peek() == '{') {
      seen.clear();
      start = in.position();
      place = Place.MEMBERS;
      take();
      depth = 1;
    } else {
      place = Place.BARE;
    }
  }

  private @Nullable Unit listed() throws IOException {
    Unit unit = elements.next();
    if (unit == null) {
      place = Place.MEMBERS;
    }
    return unit;
  }

  /** Goes on by one piece of the object; a unit where that ended it. */
  private @Nullable Unit step() throws IOException {
    int b = in.peek();
    if (b == ByteSource.END) {
      return whole(true);
    }
    if (b == '"') {
      member(text());
    } else if (b == '{' || b == '[') {
      // Where it is not closed the file ends, which the next step finds.
      boolean ignored = ArraySplitter.nested(in, seen);
    } else {
      take();
      depth -= b == '}' ? 1 : 0;
    }
    if (depth > 0) {
      return null;
    }
    end();
    return hasList ? null : whole(false);
  }

  /** What was read may be a name, and what follows one of the lists or a way to one. */
  private void member(String name) throws IOException {
    skipBlanks();
    if (in.peek() != ':') {
      return;
    }
    take();
    skipBlanks();
    if (in.peek() == '[' && lists.contains(name)) {
      hasList = true;
      // From now on nobody asks for the object as a whole.
      seen = new ByteBuilder(0);
      place = Place.LIST;
      elements = ArraySplitter.ofPart(in);
    } else if (in.peek() == '{' && around.contains(name)) {
      take();
      depth++;
    }
  }

  /** A string; what is longer than any name that is looked for comes out as another one. */
  private String text() throws IOException {
    StringBuilder name = new StringBuilder();
    boolean isEscaped = false;
    take();
    int b = in.peek();
    while (b != ByteSource.END && (b != '"' || isEscaped)) {
      isEscaped = b == '\\' && !isEscaped;
      if (name.length() < NAME_BYTES_MAX) {
        name.append((char) b);
      }
      take();
      b = in.peek();
    }
    if (b == '"') {
      take();
    }
    return name.toString();
  }

  private Unit whole(boolean isCut) {
    Span here = new Span(hasList ? in.position() : start, in.position());
    return new Unit(seen.all(), here, !hasList && seen.hasOverflowed(), isCut);
  }

  private void end() {
    place = Place.AFTER;
    elements = ArraySplitter.ofRest(in);
  }

  private void skipBlanks() throws IOException {
    while (ArraySplitter.isBlank(in.peek())) {
      take();
    }
  }

  private void take() throws IOException {
    seen.add(in.read());
  }
}
