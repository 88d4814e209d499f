package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.schema.CodePoints.Range;
import dev.palimpsest.engine.schema.Program.Op;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a set of characters as ways through their bytes in UTF-8: first bytes after which the same
 * may follow are one way, and what may follow is written once.
 */
final class LetterWriter {
  /** The last character of so many bytes, and the bits that mark the first of them. */
  private static final int[] LAST = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};

  private static final int[] MARKS = {0, 0xC0, 0xE0, 0xF0};
  private static final int TAIL_MARK = 0x80;
  private static final int TAIL_BITS = 6;

  /** So many bytes that are left of a character, and what they may make of the bits so far. */
  private record Rest(int bytes, List<Range> ranges) {
    static final Rest END = new Rest(0, List.of(new Range(0, 0)));
  }

  private final Program program;
  private final Map<Rest, Integer> written = new HashMap<>();
  private final List<Integer> ends = new ArrayList<>();

  private LetterWriter(Program program) {
    this.program = program;
  }

  /**
   * Reads one character of a set that has at least one, and goes on behind what is written here.
   */
  static void write(Program program, CodePoints set) {
    LetterWriter writer = new LetterWriter(program);
    Map<Rest, ByteSet> ways = new LinkedHashMap<>();
    int first = 0;
    for (int length = 1; length <= LAST.length; length++) {
      List<Range> ranges = within(set.ranges(), first, LAST[length - 1], 0);
      divide(ranges, length - 1, MARKS[length - 1], ways);
      first = LAST[length - 1] + 1;
    }
    writer.write(ways);
    writer.ends.forEach(end -> program.aim(end, program.here(), 0));
  }

  /** The parts of ranges between two limits, counted from {@code base}. */
  private static List<Range> within(List<Range> ranges, int first, int last, int base) {
    List<Range> found = new ArrayList<>();
    for (Range each : ranges) {
      if (each.first() <= last && each.last() >= first) {
        found.add(
            new Range(Math.max(first, each.first()) - base, Math.min(last, each.last()) - base));
      }
    }
    return found;
  }

  /** By what may follow, the bytes after which it may. */
  private static void divide(List<Range> ranges, int left, int mark, Map<Rest, ByteSet> ways) {
    if (ranges.isEmpty()) {
      return;
    }
    int shift = TAIL_BITS * left;
    int least = ranges.getFirst().first() >> shift;
    int most = ranges.getLast().last() >> shift;
    for (int bits = least; bits <= most; bits++) {
      List<Range> under = within(ranges, bits << shift, ((bits + 1) << shift) - 1, bits << shift);
      if (!under.isEmpty()) {
        Rest rest = left == 0 ? Rest.END : new Rest(left, under);
        ways.put(rest, ways.getOrDefault(rest, ByteSet.EMPTY).with(mark | bits));
      }
    }
  }

  private void write(Map<Rest, ByteSet> ways) {
    int left = ways.size();
    for (Map.Entry<Rest, ByteSet> way : ways.entrySet()) {
      int split = --left > 0 ? program.add(Op.SPLIT, 0) : -1;
      program.read(way.getValue());
      goTo(way.getKey());
      if (split >= 0) {
        program.aim(split, split + 1, program.here());
      }
    }
  }

  private void goTo(Rest rest) {
    Integer known = written.get(rest);
    if (rest.bytes() == 0) {
      ends.add(program.add(Op.JUMP, 0));
    } else if (known != null) {
      program.add(Op.JUMP, known);
    } else {
      written.put(rest, program.here());
      Map<Rest, ByteSet> ways = new LinkedHashMap<>();
      divide(rest.ranges(), rest.bytes() - 1, TAIL_MARK, ways);
      write(ways);
    }
  }
}
