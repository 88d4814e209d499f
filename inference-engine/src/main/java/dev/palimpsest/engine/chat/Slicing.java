package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** {@code value[from:to:step]} of lists and strings, with Python's rules for signs and ends. */
final class Slicing {
  private final Run run;

  Slicing(Run run) {
    this.run = run;
  }

  Value slice(Value target, Optional<Value> from, Optional<Value> to, Optional<Value> step) {
    long stride = bound(step, 1);
    if (stride == 0) {
      throw run.error("the step is zero");
    }
    return switch (target) {
      case Value.Items items -> run.items(list(items.elements(), from, to, stride));
      case Value.Text text -> text(text, from, to, stride);
      case Value.Undefined undefined -> throw run.error("'" + undefined.name() + "' is undefined");
      default -> throw run.error(target.typeName() + " cannot be sliced");
    };
  }

  private Value text(Value.Text text, Optional<Value> from, Optional<Value> to, long stride) {
    run.reserve(text.size());
    int[] characters = text.text().codePoints().toArray();
    StringBuilder out = new StringBuilder();
    for (int at : indices(characters.length, from, to, stride)) {
      out.appendCodePoint(characters[at]);
    }
    return new Value.Text(out.toString());
  }

  private List<Value> list(List<Value> all, Optional<Value> from, Optional<Value> to, long stride) {
    List<Value> selected = new ArrayList<>();
    for (int at : indices(all.size(), from, to, stride)) {
      selected.add(all.get(at));
    }
    return selected;
  }

  private int[] indices(int size, Optional<Value> from, Optional<Value> to, long stride) {
    run.charge(size);
    boolean forward = stride > 0;
    long start = clamp(bound(from, forward ? 0 : Long.MAX_VALUE), size, forward);
    long end = to.isPresent() || forward ? clamp(bound(to, Long.MAX_VALUE), size, forward) : -1;
    long step = Math.clamp(stride, -size - 1L, size + 1L);
    return LongStream.iterate(start, at -> forward ? at < end : at > end, at -> at + step)
        .mapToInt(at -> (int) at)
        .toArray();
  }

  /** Counts negative bounds from the end and keeps the result on the list. */
  private static long clamp(long bound, int size, boolean forward) {
    long at = bound < 0 ? bound + size : bound;
    return forward ? Math.clamp(at, 0, size) : Math.clamp(at, -1, size - 1);
  }

  private long bound(Optional<Value> bound, long absent) {
    return switch (bound.orElse(Value.None.NONE)) {
      case Value.None none -> absent;
      case Value.Int number -> Math.max(number.number(), -Long.MAX_VALUE / 2);
      case Value other -> throw run.error("a bound must be an integer, not " + other.typeName());
    };
  }
}
