package dev.palimpsest.engine.schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A program over bytes: steps that read a byte of a set, and steps that decide where to go on.
 * Every rule is a subroutine with a counter of its own. Bytes that no step tells apart are one
 * class, by whose number they are read. Immutable after it is {@link #finished}.
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
    /** Runs that subroutine in place of what is left of this one. */
    TAIL,
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

  /** More steps than this are no program for an answer. */
  static final int STEPS_MAX = 1 << 20;

  private static final int BYTES = 256;

  private final List<Op> ops = new ArrayList<>();
  private int[] first = new int[256];
  private int[] second = new int[256];
  private final Map<ByteSet, Integer> sets = new LinkedHashMap<>();
  private final int[] starts;
  private final int[] classes = new int[BYTES];
  private int classCount = 1;

  /** By set one bit for each class. */
  private ByteSet[] classSets = new ByteSet[0];

  Program(int rules) {
    starts = new int[rules];
  }

  int here() {
    return ops.size();
  }

  /**
   * Appends a step; returns its place.
   *
   * @throws IllegalArgumentException if there are too many of them
   */
  int add(Op op, int a, int b) {
    int place = ops.size();
    if (place == STEPS_MAX) {
      throw new IllegalArgumentException(
          "the format is too long: it takes more than " + STEPS_MAX + " steps");
    }
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

  /** Appends steps once more that go on among themselves or right behind the last of them. */
  void repeat(int from, int to) {
    int further = here() - from;
    for (int place = from; place < to; place++) {
      Op op = ops.get(place);
      boolean goesOn = op == Op.SPLIT || op == Op.JUMP;
      add(op, first[place] + (goesOn ? further : 0), second[place] + (goesOn ? further : 0));
    }
  }

  /** Says where a step that was appended goes on. */
  void aim(int place, int a, int b) {
    first[place] = a;
    second[place] = b;
  }

  void start(int rule) {
    starts[rule] = here();
  }

  /** Reads one of some bytes. */
  void read(ByteSet set) {
    Integer known = sets.get(set);
    int number = known == null ? sets.size() : known;
    sets.putIfAbsent(set, number);
    add(Op.READ, number);
  }

  /** Reads one of the bytes of some ranges, given as their first and last ones. */
  void readRanges(int... ranges) {
    read(ByteSet.of(ranges));
  }

  /** Reads these bytes, one after the other. */
  void readText(byte[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      read(ByteSet.EMPTY.with(Byte.toUnsignedInt(text[i])));
    }
  }

  void readText(byte[] text) {
    readText(text, 0, text.length);
  }

  /** Finds the classes of bytes; nothing is appended afterwards. */
  Program finished() {
    sets.keySet().forEach(this::divide);
    classSets = sets.keySet().stream().map(this::ofClasses).toArray(ByteSet[]::new);
    return this;
  }

  /** Makes two classes of each that is partly within a set. */
  private void divide(ByteSet set) {
    boolean[] hasOutside = new boolean[BYTES];
    for (int value = 0; value < BYTES; value++) {
      hasOutside[classes[value]] |= !set.has(value);
    }
    int[] inside = new int[BYTES];
    for (int value = 0; value < BYTES; value++) {
      int old = classes[value];
      if (set.has(value) && hasOutside[old]) {
        inside[old] = inside[old] == 0 ? classCount++ : inside[old];
        classes[value] = inside[old];
      }
    }
  }

  private ByteSet ofClasses(ByteSet set) {
    ByteSet found = ByteSet.EMPTY;
    for (int value = 0; value < BYTES; value++) {
      found = set.has(value) ? found.with(classes[value]) : found;
    }
    return found;
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

  /** How many classes of bytes there are; at most 256. */
  int classes() {
    return classCount;
  }

  /** The class of each byte; a copy. */
  int[] classOfBytes() {
    return classes.clone();
  }

  /** Whether the step at a place reads the bytes of this class. */
  boolean reads(int place, int byteClass) {
    return ops.get(place) == Op.READ && classSets[first[place]].has(byteClass);
  }
}
