package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.TurnId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The view of one reader onto a session: a bounded queue that the session's feed fills and one
 * thread empties. A reader too slow for the queue loses the subscription and may come back with the
 * last number that it saw. The lock guards the queue and is never held across I/O.
 */
public final class Subscription implements AutoCloseable {
  private final SessionFeed feed;
  private final int capacity;
  private final long startedAfter;
  private final boolean isComplete;
  private final @Nullable TurnId running;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Numbered> waiting = new ArrayDeque<>();
  private boolean lost;

  Subscription(
      SessionFeed feed,
      int capacity,
      long startedAfter,
      boolean isComplete,
      @Nullable TurnId running) {
    this.feed = feed;
    this.capacity = capacity;
    this.startedAfter = startedAfter;
    this.isComplete = isComplete;
    this.running = running;
  }

  /**
   * News with their number in the session's feed.
   *
   * @param seq rises by one with all that is new to everybody; repeats the last one for what this
   *     reader alone is told
   */
  public record Numbered(long seq, TurnNews news) {}

  /** The number after which this reader began. */
  public long startedAfter() {
    return startedAfter;
  }

  /** Whether all that was asked for is here; false when older news are no longer kept. */
  public boolean isComplete() {
    return isComplete;
  }

  /** The turn that was at work when this reader began, or null. */
  public @Nullable TurnId running() {
    return running;
  }

  /** The next news, or null when none came in time or the subscription is lost. */
  public @Nullable Numbered poll(Duration patience) throws InterruptedException {
    long nanos = patience.toNanos();
    lock.lockInterruptibly();
    try {
      while (waiting.isEmpty() && !lost && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      return waiting.poll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether this reader was too slow, or was closed; what still waits may be read. */
  public boolean isLost() {
    lock.lock();
    try {
      return lost && waiting.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the subscription. */
  @Override
  public void close() {
    feed.leave(this);
    lose();
  }

  /** Hands in news; false when there is no room, after which the subscription is lost. */
  boolean offer(Numbered news) {
    lock.lock();
    try {
      if (lost) {
        return false;
      }
      if (waiting.size() == capacity) {
        lost = true;
      } else {
        waiting.add(news);
      }
      changed.signalAll();
      return !lost;
    } finally {
      lock.unlock();
    }
  }

  private void lose() {
    lock.lock();
    try {
      lost = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
