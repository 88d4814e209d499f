package dev.palimpsest.engine;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The deltas of one generation that wait for their reader: bounded, with room for one last delta
 * beyond the bound. One lock guards it; nobody blocks but a reader in {@link #take}.
 */
final class Outbox {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final ArrayDeque<TokenDelta> deltas;
  private final int max;
  private boolean isFinished;
  private boolean isDrained;

  Outbox(int max) {
    this.max = max;
    this.deltas = new ArrayDeque<>(Math.min(max, 64) + 1);
  }

  /** How many deltas fit, at least. */
  int room() {
    lock.lock();
    try {
      return max - deltas.size();
    } finally {
      lock.unlock();
    }
  }

  /** Appends a delta; only the last one may come to a full box. */
  void put(TokenDelta delta) {
    lock.lock();
    try {
      boolean isLast = delta.finish() != null;
      if (isFinished || (deltas.size() >= max && !isLast)) {
        throw new IllegalStateException("a delta for an outbox that takes none");
      }
      isFinished = isLast;
      deltas.add(delta);
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  TokenDelta take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (deltas.isEmpty()) {
        if (isDrained) {
          throw new IllegalStateException("the last delta was already taken");
        }
        arrived.await();
      }
      return remove();
    } finally {
      lock.unlock();
    }
  }

  @Nullable TokenDelta poll() {
    lock.lock();
    try {
      return deltas.isEmpty() ? null : remove();
    } finally {
      lock.unlock();
    }
  }

  private TokenDelta remove() {
    TokenDelta delta = deltas.remove();
    if (delta.finish() != null) {
      isDrained = true;
      arrived.signalAll();
    }
    return delta;
  }
}
