package dev.palimpsest.runtime.turn;

import java.time.Duration;

/**
 * What one turn may take; reaching a limit is an ordinary failure of the turn.
 *
 * @param steps events at most since the turn was opened
 * @param outputTokensMax tokens of an answer at most, whatever is asked for
 * @param outputTokensDefault tokens of an answer at most where nothing is asked for
 * @param wallTime time at most since the turn was accepted or taken up after a restart
 */
public record TurnLimits(
    int steps, int outputTokensMax, int outputTokensDefault, Duration wallTime) {
  /** What a turn takes from what was said to its answer, that answer included. */
  public static final int STEPS_MIN = 4;

  /** Calls of tools in a turn at most: each takes two of the steps, what else there is the rest. */
  public int toolCallsMax() {
    return (steps - STEPS_MIN) / 2;
  }

  /** Checks the ranges. */
  public TurnLimits {
    if (steps < STEPS_MIN || outputTokensMax < 1 || outputTokensDefault < 1) {
      throw new IllegalArgumentException(
          "a turn needs at least " + STEPS_MIN + " steps and 1 token");
    }
    if (outputTokensDefault > outputTokensMax || !wallTime.isPositive()) {
      throw new IllegalArgumentException(
          "the default answer is at most the longest, and the time is above zero");
    }
  }
}
