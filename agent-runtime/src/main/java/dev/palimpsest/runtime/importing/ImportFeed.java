package dev.palimpsest.runtime.importing;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the news of one import and keeps the newest. Whoever listens asks for what comes after
 * the last number it knows, so that a slow listener costs nothing and misses what is no longer
 * kept: counts and progress say all that their forerunners said, and rejections are in the log. The
 * lock guards all fields and is never held across I/O.
 */
public final class ImportFeed {
  private static final int KEPT = 512;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Numbered> recent = new ArrayDeque<>();
  private long last;

  /**
   * An empty feed.
   *
   * @param last the number to count on from
   */
  ImportFeed(long last) {
    this.last = last;
  }

  /**
   * News with their number.
   *
   * @param seq rises by one with each
   */
  public record Numbered(long seq, ImportNews news) {}

  /** The newest number. */
  public long last() {
    lock.lock();
    try {
      return last;
    } finally {
      lock.unlock();
    }
  }

  /** Where a listener begins who knows nothing: before the end, if it has ended. */
  public long beginning() {
    lock.lock();
    try {
      boolean hasEnded = !recent.isEmpty() && recent.getLast().news().isLast();
      return hasEnded ? last - 1 : last;
    } finally {
      lock.unlock();
    }
  }

  /** The oldest news above a number that are kept, or null when none came in time. */
  public @Nullable Numbered next(long after, Duration patience) throws InterruptedException {
    long nanos = patience.toNanos();
    lock.lockInterruptibly();
    try {
      while (last <= after && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      for (Numbered news : recent) {
        if (news.seq() > after) {
          return news;
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  void publish(ImportNews news) {
    lock.lock();
    try {
      recent.add(new Numbered(++last, news));
      if (recent.size() > KEPT) {
        recent.remove();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
