package dev.palimpsest.memory.session;

import org.jspecify.annotations.Nullable;

/**
 * What became of an event that was to be appended. In all cases but the first nothing is stored.
 */
public sealed interface Appended {
  /** Committed. */
  record Written(LoggedEvent event) implements Appended {}

  /**
   * The number is not the next one: somebody else appended, or this very call did before its
   * connection broke. Read the log and decide again.
   *
   * @param last the number of the newest event
   */
  record Stale(long last) implements Appended {}

  /** The caller holds no lease on the session, or it has run out. */
  record LeaseLost() implements Appended {}

  /**
   * The turn is over, or was never begun.
   *
   * @param running the turn that is open instead, or null when none is
   */
  record NotOpen(@Nullable TurnId running) implements Appended {}

  /** There is no such session. */
  record Gone() implements Appended {}
}
