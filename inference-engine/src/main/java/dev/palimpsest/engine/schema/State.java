package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.schema.Program.Op;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A set of places, all of which read a byte or have said all, with what was found out about it.
 * Written to under locks, read by any thread without.
 */
final class State {
  /** A place that is only looked at costs a part of one that is gone to. */
  private static final int LOOKS_PER_VISIT = 8;

  private final Memo memo;
  private final int id;
  private final List<Frame> places;
  private final boolean isDone;
  private final AtomicReferenceArray<@Nullable State> next;
  private final int[] costs;
  private final ReentrantLock maskLock = new ReentrantLock();
  private volatile @Nullable Mask mask;

  State(Memo memo, int id, List<Frame> places, Program program) {
    this.memo = memo;
    this.id = id;
    this.places = places;
    this.isDone = places.stream().anyMatch(each -> program.op(each.place()) == Op.DONE);
    this.next = new AtomicReferenceArray<>(program.classes());
    this.costs = new int[program.classes()];
  }

  Memo memo() {
    return memo;
  }

  /** A number that no other state of its memo has. */
  int id() {
    return id;
  }

  List<Frame> places() {
    return places;
  }

  /** Whether nothing leads here. */
  boolean isDead() {
    return places.isEmpty();
  }

  /** Whether all may be said. */
  boolean isDone() {
    return isDone;
  }

  /** The state after a byte of a class, or null where it was not computed yet. */
  @Nullable State known(int byteClass) {
    return next.getAcquire(byteClass);
  }

  /** How many places it takes to find the state after a byte whose state is known. */
  int cost(int byteClass) {
    return costs[byteClass];
  }

  void know(int byteClass, State after, int visits) {
    costs[byteClass] = visits + places.size() / LOOKS_PER_VISIT;
    next.setRelease(byteClass, after);
  }

  /** Whoever makes the mask holds it. */
  ReentrantLock maskLock() {
    return maskLock;
  }

  /** The tokens that may come next, or null where they were not looked for yet. */
  @Nullable Mask mask() {
    return mask;
  }

  void mask(Mask found) {
    mask = found;
    memo.add(found.bytes());
  }
}
