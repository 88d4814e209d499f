package dev.palimpsest.runtime.recall;

import java.time.Duration;

/** Wakes one thread; rings while it works are remembered as one. */
interface Bell {
  /** Any thread: there may be something to do. */
  void ring();

  /** The one thread: returns at the next ring since the last return, or when the time is over. */
  void await(Duration longest) throws InterruptedException;
}
