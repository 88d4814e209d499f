package dev.palimpsest.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Generations that wait to be started, first come, first served. One lock guards it; any thread
 * adds, the engine thread removes.
 */
final class Inbox {
  /** What became of an offer. */
  enum Offer {
    TAKEN,
    FULL,
    CLOSED
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Generation> waiting = new ArrayDeque<>();
  private final int max;
  private boolean isClosed;

  Inbox(int max) {
    this.max = max;
  }

  Offer offer(Generation generation) {
    lock.lock();
    try {
      if (isClosed) {
        return Offer.CLOSED;
      }
      if (waiting.size() >= max) {
        return Offer.FULL;
      }
      waiting.add(generation);
      return Offer.TAKEN;
    } finally {
      lock.unlock();
    }
  }

  /** The one that waits longest; stays. */
  @Nullable Generation peek() {
    lock.lock();
    try {
      return waiting.peek();
    } finally {
      lock.unlock();
    }
  }

  void removeFirst() {
    lock.lock();
    try {
      waiting.remove();
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

  /** Takes out those that were cancelled. */
  List<Generation> removeCancelled() {
    lock.lock();
    try {
      if (waiting.isEmpty()) {
        return List.of();
      }
      List<Generation> cancelled = new ArrayList<>();
      for (Generation generation : waiting) {
        if (generation.isCancelled()) {
          cancelled.add(generation);
        }
      }
      waiting.removeAll(cancelled);
      return cancelled;
    } finally {
      lock.unlock();
    }
  }

  /** Takes nothing more and hands out what was waiting. */
  List<Generation> close() {
    lock.lock();
    try {
      isClosed = true;
      List<Generation> left = new ArrayList<>(waiting);
      waiting.clear();
      return left;
    } finally {
      lock.unlock();
    }
  }
}
