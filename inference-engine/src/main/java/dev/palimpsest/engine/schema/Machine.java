package dev.palimpsest.engine.schema;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link Program} in all ways at once. A state is the set of places where it may be, each
 * with its stack; states and their successors are made when they are first needed and kept, so that
 * walking a known way costs a look at a table. For one thread.
 */
final class Machine {
  private static final int STATES_MAX = 2_000;
  private static final int FRAMES_MAX = 100_000;

  /**
   * Of more ways than this only the first are gone. That forbids what could be said, and allows
   * nothing that could not: from every place there is a way to the end.
   */
  private static final int PLACES_MAX = 128;

  private final Program program;
  private final int depthMax;
  private final Map<Frame, Frame> frames = new HashMap<>();
  private final Map<List<Frame>, State> states = new HashMap<>();
  private final State dead = new State(List.of());

  Machine(Program program, int depthMax) {
    this.program = program;
    this.depthMax = depthMax;
  }

  /**
   * A place in a subroutine, with how much it has counted and where it was called from. Equal
   * frames are one object.
   */
  private static final class Frame {
    private final int place;
    private final int count;
    private final int depth;
    private final @Nullable Frame below;
    private final int hash;

    Frame(int place, int count, @Nullable Frame below) {
      this.place = place;
      this.count = count;
      this.below = below;
      this.depth = below == null ? 1 : below.depth + 1;
      this.hash = 31 * (31 * place + count) + (below == null ? 0 : below.hash);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Frame frame
          && frame.place == place
          && frame.count == count
          && isSame(frame.below, below);
    }

    @SuppressWarnings("ReferenceEquality")
    private static boolean isSame(@Nullable Frame one, @Nullable Frame other) {
      return one == other;
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** A set of places, all of which read a byte or have said all. */
  final class State {
    private final List<Frame> places;
    private final @Nullable State[] next = new State[256];
    private @Nullable Object tokens;

    private State(List<Frame> places) {
      this.places = places;
    }

    /** What was found out about the tokens that may come next, or null. */
    @Nullable Object tokens() {
      return tokens;
    }

    void tokens(Object found) {
      tokens = found;
    }

    /** Whether all may be said. */
    boolean isDone() {
      for (Frame each : places) {
        if (program.op(each.place) == Program.Op.DONE) {
          return true;
        }
      }
      return false;
    }

    /** The state after a byte, or null where it is not allowed. */
    @Nullable State after(byte value) {
      int index = Byte.toUnsignedInt(value);
      State known = next[index];
      if (known == null) {
        known = compute(index);
        next[index] = known;
      }
      return known.places.isEmpty() ? null : known;
    }

    private State compute(int value) {
      Set<Frame> reached = new LinkedHashSet<>();
      for (Frame each : places) {
        if (program.reads(each.place, value)) {
          follow(moved(each, each.place + 1, each.count), reached);
        }
      }
      return reached.isEmpty() ? dead : states.computeIfAbsent(List.copyOf(reached), State::new);
    }
  }

  State begin() {
    Set<Frame> reached = new LinkedHashSet<>();
    follow(new Frame(0, 0, null), reached);
    return states.computeIfAbsent(List.copyOf(reached), State::new);
  }

  /** Forgets what was made on the way if it is too much; returns the same state, made anew. */
  State trimmed(State state) {
    if (states.size() <= STATES_MAX && frames.size() <= FRAMES_MAX) {
      return state;
    }
    states.clear();
    frames.clear();
    State fresh = new State(state.places);
    states.put(fresh.places, fresh);
    return fresh;
  }

  /** The one object for what is equal to this frame. */
  private Frame kept(Frame made) {
    Frame known = frames.putIfAbsent(made, made);
    return known == null ? made : known;
  }

  private static Frame moved(Frame from, int place, int count) {
    return new Frame(place, count, from.below);
  }

  /** Goes on from a frame until bytes are read; adds the places where that is. */
  private void follow(Frame start, Set<Frame> reached) {
    ArrayDeque<Frame> ways = new ArrayDeque<>();
    ways.push(start);
    while (!ways.isEmpty() && reached.size() < PLACES_MAX) {
      Frame from = ways.pop();
      int place = from.place;
      int a = program.a(place);
      switch (program.op(place)) {
        case READ, DONE -> reached.add(kept(from));
        case SPLIT -> {
          ways.push(moved(from, program.b(place), from.count));
          ways.push(moved(from, a, from.count));
        }
        case JUMP -> ways.push(moved(from, a, from.count));
        case CALL ->
            ways.push(new Frame(program.startOf(a), 0, kept(moved(from, place + 1, from.count))));
        case RETURN -> ways.push(Objects.requireNonNull(from.below));
        case COUNT -> ways.push(moved(from, place + 1, Math.min(from.count + 1, a)));
        case BELOW -> goOn(from, from.count < a, ways);
        case AT_LEAST -> goOn(from, from.count >= a, ways);
        case ROOM -> goOn(from, from.depth + a <= depthMax, ways);
      }
    }
  }

  private static void goOn(Frame from, boolean isAllowed, ArrayDeque<Frame> ways) {
    if (isAllowed) {
      ways.push(moved(from, from.place + 1, from.count));
    }
  }
}
