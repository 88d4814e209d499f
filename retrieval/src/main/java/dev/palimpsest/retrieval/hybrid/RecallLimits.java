package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.memory.Page;
import java.time.Duration;

/**
 * What one search may cost.
 *
 * @param candidates that each of words and meaning brings, 1 to {@link Page#LIMIT_MAX}
 * @param patience the longest an answer is held back for what was just written to become searchable
 */
public record RecallLimits(int candidates, Duration patience) {
  /** 300 candidates (more did not find more on LoCoMo) and one second. */
  public static final RecallLimits USUAL = new RecallLimits(300, Duration.ofSeconds(1));

  /** Checks the numbers. */
  public RecallLimits {
    Page.requireLimit(candidates);
    if (patience.isNegative()) {
      throw new IllegalArgumentException("nobody can wait for " + patience);
    }
  }

  /** The same with another patience. */
  public RecallLimits withPatience(Duration longest) {
    return new RecallLimits(candidates, longest);
  }
}
