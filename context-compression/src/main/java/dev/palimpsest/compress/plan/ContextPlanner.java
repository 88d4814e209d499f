package dev.palimpsest.compress.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * Chooses the segments that enter the window: all that must stay, and the newest exchanges that fit
 * beside it. The first exchange that does not fit ends the choice, so that the model never sees a
 * conversation with a hole in it. Stateless; linear in the number of segments.
 */
public final class ContextPlanner {
  /**
   * Plans a window.
   *
   * @param segments the conversation, oldest first
   * @param budget the room there is
   */
  public Planning plan(List<Segment> segments, WindowBudget budget) {
    long pinned = segments.stream().filter(Segment::isPinned).mapToLong(Segment::tokens).sum();
    if (pinned > budget.promptTokens()) {
      return new Planning.TooLarge(pinned, budget.promptTokens());
    }
    int firstKept = firstKept(segments, budget.promptTokens() - pinned);
    List<Segment> kept = new ArrayList<>();
    List<Segment> left = new ArrayList<>();
    for (int i = 0; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      (segment.isPinned() || i >= firstKept ? kept : left).add(segment);
    }
    return new Planning.Fits(new ContextPlan(kept, left));
  }

  /** Index from which on every exchange fits into {@code room} tokens. */
  private static int firstKept(List<Segment> segments, long room) {
    long free = room;
    int first = segments.size();
    for (int i = segments.size() - 1; i >= 0; i--) {
      Segment segment = segments.get(i);
      if (segment.isPinned()) {
        continue;
      }
      free -= segment.tokens();
      if (free < 0) {
        break;
      }
      first = i;
    }
    return first;
  }
}
