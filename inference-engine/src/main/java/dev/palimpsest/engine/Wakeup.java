package dev.palimpsest.engine;

import java.util.concurrent.Semaphore;

/** Wakes the engine thread when there may be something to do; signals do not add up. */
final class Wakeup {
  private final Semaphore pending = new Semaphore(0);

  void signal() {
    if (pending.availablePermits() == 0) {
      pending.release();
    }
  }

  /** Waits until there was a signal since the last return. */
  void await() throws InterruptedException {
    pending.acquire();
    pending.drainPermits();
  }
}
