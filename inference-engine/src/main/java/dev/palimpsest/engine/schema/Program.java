package dev.palimpsest.engine.schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A program over bytes: steps that read a byte of a set, and steps that decide where to go on.
 * Every rule is a subroutine with a counter of its own. Immutable after it is written.
 */
final class Program {
  /** What a step does. */
  enum Op {
    /** Reads a byte of set {@code a}. */
    READ,
    /** Goes on at {@code a} and at {@code b}. */
    SPLIT,
    /** Goes on at {@code a}. */
    JUMP,
    /** Runs the subroutine that begins where {@code starts[a]} says. */
    CALL,
    /** Ends a subroutine. */
    RETURN,
    /** Counts one up, at most to {@code a}. */
    COUNT,
    /** Goes on only if less than {@code a} are counted. */
    BELOW,
    /** Goes on only if at least {@code a} are counted. */
    AT_LEAST,
    /** Goes on only if {@code a} subroutines more may be nested. */
    ROOM,
    /** All is said. */
    DONE
  }

  private final List<Op> ops = new ArrayList<>();
  private int[] first = new int[256];
  private int[] second = new int[256];
  private final List<long[]> sets = new ArrayList<>();
  private final int[] starts;

  Program(int rules) {
    starts = new int[rules];
  }

  int here() {
    return ops.size();
  }

  /** Appends a step; returns its place. */
  int add(Op op, int a, int b) {
    int place = ops.size();
    if (place == first.length) {
      first = Arrays.copyOf(first, 2 * place);
      second = Arrays.copyOf(second, 2 * place);
    }
    ops.add(op);
    first[place] = a;
    second[place] = b;
    return place;
  }

  int add(Op op, int a) {
    return add(op, a, 0);
  }

  /** Says where a step that was appended goes on. */
  void aim(int place, int a, int b) {
    first[place] = a;
    second[place] = b;
  }

  void start(int rule) {
    starts[rule] = here();
  }

  /** Reads one of the bytes of some ranges, given as their first and last ones. */
  void readRanges(int... ranges) {
    long[] set = new long[4];
    for (int i = 0; i < ranges.length; i += 2) {
      for (int each = ranges[i]; each <= ranges[i + 1]; each++) {
        set[each >> 6] |= 1L << each;
      }
    }
    sets.add(set);
    add(Op.READ, sets.size() - 1);
  }

  /** Reads these bytes, one after the other. */
  void readText(byte[] text) {
    for (byte each : text) {
      readRanges(Byte.toUnsignedInt(each), Byte.toUnsignedInt(each));
    }
  }

  Op op(int place) {
    return ops.get(place);
  }

  int a(int place) {
    return first[place];
  }

  int b(int place) {
    return second[place];
  }

  int startOf(int rule) {
    return starts[rule];
  }

  /** Whether the step at a place reads this byte. */
  boolean reads(int place, int value) {
    return ops.get(place) == Op.READ && (sets.get(first[place])[value >> 6] & 1L << value) != 0;
  }
}
