package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.MemoryStoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Waiting with growing pauses, within a turn's time and no longer than the service lives. Safe for
 * many threads.
 */
final class Patience {
  static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final InstantSource clock;
  private final CountDownLatch stopping = new CountDownLatch(1);

  Patience(InstantSource clock) {
    this.clock = clock;
  }

  /** From now on nobody waits any more. */
  void stop() {
    stopping.countDown();
  }

  boolean isStopping() {
    return stopping.getCount() == 0;
  }

  /**
   * Calls the store until it answers.
   *
   * @throws LeftOpenException when the store is away until the deadline, or the service stops
   * @throws MemoryStoreException for what no repetition mends
   */
  <T> T untilStoreAnswers(Instant deadline, Supplier<T> call) throws InterruptedException {
    Duration pause = FIRST_PAUSE;
    while (true) {
      try {
        return call.get();
      } catch (MemoryStoreException e) {
        if (!e.isUnavailable()) {
          throw e;
        }
        if (!clock.instant().isBefore(deadline)) {
          throw new LeftOpenException(new TurnOutcome.StoreAway(String.valueOf(e.getMessage())));
        }
      }
      pause = pause(pause);
    }
  }

  /** Waits once and returns the next, longer pause. */
  Duration pause(Duration pause) throws InterruptedException {
    if (stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new LeftOpenException(new TurnOutcome.Stopped());
    }
    Duration next = pause.multipliedBy(2);
    return next.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : next;
  }
}
