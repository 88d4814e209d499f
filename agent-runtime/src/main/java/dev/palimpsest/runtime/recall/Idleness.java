package dev.palimpsest.runtime.recall;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/**
 * Whether the service has nothing better to do: no turn and no import runs, everything that was
 * written can be found, and so it has been for a minute. For one thread.
 */
public final class Idleness {
  /** How long it must have been so: who talks comes back soon. */
  static final Duration REST = Duration.ofMinutes(1);

  private final Following following;
  private final BooleanSupplier isAtWork;
  private final InstantSource clock;
  private Instant busyAt;

  /**
   * Begins as busy.
   *
   * @param isAtWork whether a turn or an import runs
   */
  public Idleness(Following following, BooleanSupplier isAtWork, InstantSource clock) {
    this.following = following;
    this.isAtWork = isAtWork;
    this.clock = clock;
    this.busyAt = clock.instant();
  }

  /** There is nothing to do for a minute. */
  void rest() {
    busyAt = clock.instant();
  }

  /** Looks; to be asked often, since what happened between two looks is not seen. */
  boolean isIdle() {
    Instant now = clock.instant();
    if (isAtWork.getAsBoolean() || following.wordsLag() > 0 || following.meaningLag() > 0) {
      busyAt = now;
    }
    return !now.isBefore(busyAt.plus(REST));
  }
}
