package dev.palimpsest.retrieval;

import java.time.Duration;

/**
 * What a search in a tree may cost; whatever is spent first ends it.
 *
 * @param time from the question to the answer
 * @param rollouts at most {@link #ROLLOUTS_MAX}
 * @param tokens of memories that may be read on the way, about
 */
public record Budget(Duration time, int rollouts, int tokens) {
  /** The most rollouts. */
  public static final int ROLLOUTS_MAX = 1000;

  /** The longest time. */
  public static final Duration TIME_MAX = Duration.ofMinutes(1);

  /** What is spent where nobody says anything. */
  public static final Budget USUAL = new Budget(Duration.ofSeconds(1), 24, 4000);

  /** Checks the numbers. */
  public Budget {
    if (time.isNegative() || time.isZero() || time.compareTo(TIME_MAX) > 0) {
      throw new IllegalArgumentException("a search takes above 0 and at most " + TIME_MAX);
    }
    if (rollouts < 0 || rollouts > ROLLOUTS_MAX || tokens < 0) {
      throw new IllegalArgumentException(rollouts + " rollouts, " + tokens + " tokens");
    }
  }
}
