package dev.palimpsest.engine.schema;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A set of characters that can be written in UTF-8: no halves of surrogate pairs, and not U+0000,
 * which no answer can hold.
 *
 * @param ranges in ascending order, neither touching nor empty
 */
record CodePoints(List<Range> ranges) {
  private static final int SURROGATE_FIRST = 0xD800;
  private static final int SURROGATE_LAST = 0xDFFF;

  /** From the first to the last, both in it. */
  record Range(int first, int last) {
    Range {
      if (first > last) {
        throw new IllegalArgumentException("a range from " + first + " to " + last);
      }
    }
  }

  /** All characters. */
  static final CodePoints ALL = of(List.of(new Range(0, Character.MAX_CODE_POINT)));

  CodePoints {
    ranges = List.copyOf(ranges);
  }

  /** What is in any of some ranges. */
  static CodePoints of(List<Range> ranges) {
    List<Range> sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingInt(Range::first));
    List<Range> merged = new ArrayList<>();
    for (Range each : sorted) {
      Range last = merged.isEmpty() ? null : merged.getLast();
      if (last != null && each.first() <= last.last() + 1) {
        merged.set(merged.size() - 1, new Range(last.first(), Math.max(last.last(), each.last())));
      } else {
        merged.add(each);
      }
    }
    return new CodePoints(merged.stream().flatMap(each -> writable(each).stream()).toList());
  }

  private static List<Range> writable(Range range) {
    List<Range> parts = new ArrayList<>();
    add(parts, Math.max(1, range.first()), Math.min(SURROGATE_FIRST - 1, range.last()));
    add(parts, Math.max(SURROGATE_LAST + 1, range.first()), range.last());
    return parts;
  }

  private static void add(List<Range> parts, int first, int last) {
    if (first <= last) {
      parts.add(new Range(first, last));
    }
  }

  /** All other characters. */
  CodePoints others() {
    List<Range> others = new ArrayList<>();
    int next = 0;
    for (Range each : ranges) {
      add(others, next, each.first() - 1);
      next = each.last() + 1;
    }
    add(others, next, Character.MAX_CODE_POINT);
    return of(others);
  }

  boolean has(int point) {
    return ranges.stream().anyMatch(each -> each.first() <= point && point <= each.last());
  }
}
