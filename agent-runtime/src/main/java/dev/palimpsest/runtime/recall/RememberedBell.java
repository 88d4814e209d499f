package dev.palimpsest.runtime.recall;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A bell of our own. */
final class RememberedBell implements Bell {
  private final Semaphore rings = new Semaphore(0);

  @Override
  public void ring() {
    if (rings.availablePermits() == 0) {
      rings.release();
    }
  }

  @Override
  public void await(Duration longest) throws InterruptedException {
    boolean _ = rings.tryAcquire(longest.toMillis(), TimeUnit.MILLISECONDS);
    int _ = rings.drainPermits();
  }
}
