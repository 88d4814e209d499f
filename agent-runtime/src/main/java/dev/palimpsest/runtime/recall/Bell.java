package dev.palimpsest.runtime.recall;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Wakes one thread; rings while it works are remembered as one. */
final class Bell {
  private final Semaphore rings = new Semaphore(0);

  void ring() {
    if (rings.availablePermits() == 0) {
      rings.release();
    }
  }

  /** Returns at the next ring since the last return, or when the time is over. */
  void await(Duration patience) throws InterruptedException {
    boolean _ = rings.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
    int _ = rings.drainPermits();
  }
}
