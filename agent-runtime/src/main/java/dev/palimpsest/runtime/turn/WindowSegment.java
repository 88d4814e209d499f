package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.Label;
import org.jspecify.annotations.Nullable;

/**
 * A piece of what a session knows, as the next turn will find it.
 *
 * @param kind what it is
 * @param id the turn's or the memory's; the kind's name where it is neither
 * @param event number of the event with which a turn begins; 0 for all else
 * @param tokens that it takes where it is read as it is, those of the template included
 * @param tier how it is there
 * @param attentionShare the part of the newest answer's attention that it got, 0 to 1; null where
 *     that is not known
 * @param label how far a memory may be trusted, null for what is none
 */
public record WindowSegment(
    Kind kind,
    String id,
    long event,
    int tokens,
    Tier tier,
    @Nullable Double attentionShare,
    @Nullable Label label) {
  /** What a segment is. */
  public enum Kind {
    /** The session's instructions. */
    SYSTEM,
    /** A past turn: what was said and what was answered. */
    TURN,
    /** The place of the next input: what the template writes around it, and one token for it. */
    INPUT,
    /** A memory that the newest turn read; memories leave the window with their turn. */
    RECALLED
  }

  /** How a segment is there. */
  public enum Tier {
    /** Every token has its keys and values. */
    EXACT,
    /** In the window as fewer keys. */
    COMPACT,
    /** Not in the window; its text is found again when a question recalls it. */
    TEXT_ONLY
  }
}
