package dev.palimpsest.runtime.recall;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lets imports go first. Whoever imports waits for each acknowledgement, and nobody for a vector,
 * which costs a hundred times as much as the row: so whoever makes vectors rests while one batch
 * after the other is committed, but never long, since an import may take hours. For one thread.
 */
final class Courtesy {
  static final int GAPS_MAX = 10;

  private final LongSupplier batches;
  private final Duration gap;
  private final CountDownLatch closing = new CountDownLatch(1);
  private long seen;

  /**
   * Has rested for nothing yet.
   *
   * @param batches how many were committed by imports
   * @param gap batches that follow each other faster belong together; ten of it are rested at most
   */
  Courtesy(LongSupplier batches, Duration gap) {
    this.batches = batches;
    this.gap = gap;
  }

  /** Returns at once where nothing was imported since it returned last. */
  void rest() throws InterruptedException {
    long now = batches.getAsLong();
    for (int gaps = 0; now != seen && gaps < GAPS_MAX; gaps++) {
      seen = now;
      if (closing.await(gap.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
      now = batches.getAsLong();
    }
  }

  /** Ends the rest; any thread. */
  void close() {
    closing.countDown();
  }
}
