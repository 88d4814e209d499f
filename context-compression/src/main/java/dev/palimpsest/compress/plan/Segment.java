package dev.palimpsest.compress.plan;

/**
 * A piece of a conversation that enters the window whole or not at all.
 *
 * @param kind what it is, which decides whether it may be left out
 * @param event number of the session event with which the piece begins; 0 for what no event holds
 *     (instructions)
 * @param tokens what it costs in the window, template tokens included
 */
public record Segment(Kind kind, long event, int tokens) {
  /** What a segment is. */
  public enum Kind {
    /** Instructions at the head of the window; never left out. */
    SYSTEM,
    /**
     * A past turn: what was said and what was answered, together; the oldest are left out first.
     */
    EXCHANGE,
    /** What is to be answered now; never left out. */
    INPUT
  }

  /** Checks the ranges. */
  public Segment {
    if (event < 0 || tokens < 0) {
      throw new IllegalArgumentException(
          "event " + event + " and tokens " + tokens + " must not be negative");
    }
  }

  boolean isPinned() {
    return kind != Kind.EXCHANGE;
  }
}
