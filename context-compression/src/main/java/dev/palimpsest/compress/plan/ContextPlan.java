package dev.palimpsest.compress.plan;

import java.util.List;

/**
 * The decision what enters the window, in which order, at what token cost.
 *
 * @param kept segments that enter, in conversation order
 * @param left segments that stay out, in conversation order; their text is still in the session log
 */
public record ContextPlan(List<Segment> kept, List<Segment> left) {
  /** Copies the lists. */
  public ContextPlan {
    kept = List.copyOf(kept);
    left = List.copyOf(left);
  }

  /** Tokens that the kept segments take. */
  public int tokens() {
    return kept.stream().mapToInt(Segment::tokens).sum();
  }
}
