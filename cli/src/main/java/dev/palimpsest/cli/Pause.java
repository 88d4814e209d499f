package dev.palimpsest.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waiting for nothing but time. */
final class Pause {
  private Pause() {}

  /** Blocks the calling thread for {@code length}; ends the command when it is interrupted. */
  static void of(Duration length) {
    try {
      boolean ignored = new CountDownLatch(1).await(length.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliException.couldNotRun("Interrupted.");
    }
  }
}
