package dev.palimpsest.engine.schema;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link Program} in all ways at once. A state is the set of places where it may be, each
 * with its stack; states and their successors are made when they are first needed and kept, so that
 * walking a known way costs a look at a table. What a state is depends on the bytes that led to it
 * and on nothing else. For any thread: one lock guards what is made, known ways are gone without.
 */
final class Machine {
  /** What follows a byte takes no more visits to places than this, or it is not found at all. */
  static final int VISITS_MAX = 20_000;

  /** What was made on the way is forgotten when it takes about so much. */
  private static final long BYTES_MAX = 8 << 20;

  private final Program program;
  private final int depthMax;
  private final int[] classes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Context bottom = Context.bottom();

  /** Stands for what would cost too much to find. */
  private final State costly;

  private volatile Memo memo = new Memo();

  /**
   * A machine at the beginning of a program.
   *
   * @param depthMax how deep subroutines are nested at most
   * @throws IllegalArgumentException if there are too many ways to begin
   */
  Machine(Program program, int depthMax) {
    this.program = program;
    this.depthMax = depthMax;
    this.classes = program.classOfBytes();
    this.costly = new State(memo, -1, List.of(), program);
    if (isCostly(begin())) {
      throw new IllegalArgumentException(
          "there are too many ways to begin an answer: more than " + VISITS_MAX + " steps");
    }
  }

  int[] classes() {
    return classes;
  }

  int classCount() {
    return program.classes();
  }

  /** Whether a state stands for what would cost too much to find. */
  @SuppressWarnings("ReferenceEquality")
  boolean isCostly(State state) {
    return state == costly;
  }

  /** The state in which nothing is said. */
  State begin() {
    lock.lock();
    try {
      Closure closure = new Closure(program, depthMax, VISITS_MAX);
      return closure.follow(new Frame(0, 0, bottom)) ? state(closure, memo) : costly;
    } finally {
      lock.unlock();
    }
  }

  /** The state after a byte, dead where the byte is not allowed; perhaps {@link #isCostly}. */
  State after(State state, int byteClass) {
    State known = state.known(byteClass);
    return known == null ? compute(state, byteClass) : known;
  }

  private State compute(State state, int byteClass) {
    lock.lock();
    try {
      State known = state.known(byteClass);
      if (known != null) {
        return known;
      }
      Closure closure = new Closure(program, depthMax, VISITS_MAX);
      boolean isFound = true;
      for (Frame each : state.places()) {
        if (program.reads(each.place(), byteClass)) {
          isFound = isFound && closure.follow(each.at(each.place() + 1));
        }
      }
      State found = isFound ? state(closure, state.memo()) : costly;
      state.know(byteClass, found, closure.visits());
      return found;
    } finally {
      lock.unlock();
    }
  }

  private State state(Closure closure, Memo where) {
    return where.state(closure.places(where), program);
  }

  /** The state after some bytes, or null where they are not allowed. */
  @Nullable State after(State state, byte[] bytes) {
    State now = state;
    for (byte each : bytes) {
      now = after(now, classes[Byte.toUnsignedInt(each)]);
      if (now.isDead()) {
        return null;
      }
    }
    return now;
  }

  /**
   * The same state among those that are remembered now. Forgets all others when they have become
   * too many: whoever still holds one goes on with it until it asks here.
   */
  State remembered(State state) {
    if (state.memo().bytes() <= BYTES_MAX && isNow(state.memo())) {
      return state;
    }
    lock.lock();
    try {
      if (memo.bytes() > BYTES_MAX) {
        memo = new Memo();
      }
      return memo.state(state.places(), program);
    } finally {
      lock.unlock();
    }
  }

  @SuppressWarnings("ReferenceEquality")
  private boolean isNow(Memo other) {
    return other == memo;
  }
}
