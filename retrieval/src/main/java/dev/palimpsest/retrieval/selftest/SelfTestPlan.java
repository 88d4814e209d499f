package dev.palimpsest.retrieval.selftest;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.retrieval.RecallMode;
import java.time.Duration;
import java.util.List;

/**
 * What is tried.
 *
 * @param scope whose memories are sampled
 * @param memories how many are asked for, 1 to {@link #MEMORIES_MAX}
 * @param seed of the sample and the questions
 * @param modes each question is asked in each of them
 * @param time after which no other memory is asked for
 */
public record SelfTestPlan(
    Scope scope, int memories, long seed, List<RecallMode> modes, Duration time) {
  /** The most memories of one test. */
  public static final int MEMORIES_MAX = 1_000;

  /** Checks the count and copies the list. */
  public SelfTestPlan {
    if (memories < 1 || memories > MEMORIES_MAX) {
      throw new IllegalArgumentException(memories + " memories; 1 to " + MEMORIES_MAX);
    }
    modes = List.copyOf(modes);
  }
}
