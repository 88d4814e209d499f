package dev.palimpsest.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the engine thread, first come, first served. Any thread adds, the engine thread
 * removes. One lock guards it, so that whatever was taken is there when it is closed, and nothing
 * comes after.
 */
final class Inbox<T> {
  /** What became of an offer. */
  enum Offer {
    TAKEN,
    FULL,
    CLOSED
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<T> waiting = new ArrayDeque<>();
  private final int max;
  private boolean isClosed;

  Inbox(int max) {
    this.max = max;
  }

  Offer offer(T one) {
    lock.lock();
    try {
      if (isClosed) {
        return Offer.CLOSED;
      }
      if (waiting.size() >= max) {
        return Offer.FULL;
      }
      waiting.add(one);
      return Offer.TAKEN;
    } finally {
      lock.unlock();
    }
  }

  /** The one that waits longest; stays. */
  @Nullable T peek() {
    lock.lock();
    try {
      return waiting.peek();
    } finally {
      lock.unlock();
    }
  }

  /** Takes the one that waits longest. */
  @Nullable T poll() {
    lock.lock();
    try {
      return waiting.poll();
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  /** Does something with all that wait; they stay. */
  void each(Consumer<T> what) {
    lock.lock();
    try {
      waiting.forEach(what);
    } finally {
      lock.unlock();
    }
  }

  /** Takes out some of those that wait. */
  List<T> removeAll(Predicate<T> which) {
    lock.lock();
    try {
      if (waiting.isEmpty()) {
        return List.of();
      }
      List<T> removed = new ArrayList<>();
      boolean isChanged = waiting.removeIf(one -> which.test(one) && removed.add(one));
      assert isChanged == !removed.isEmpty();
      return removed;
    } finally {
      lock.unlock();
    }
  }

  /** Takes nothing more; what waits stays. */
  void close() {
    lock.lock();
    try {
      isClosed = true;
    } finally {
      lock.unlock();
    }
  }
}
