package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.TurnId;

/** What came of asking a session for a turn. */
public sealed interface Started {
  /**
   * The turn is committed and at work.
   *
   * @param turn the work
   * @param isRepeated whether this request repeats an earlier one
   * @param wasAtWork whether it had been at work already, so that its beginning was told before
   */
  record Running(RunningTurn turn, boolean isRepeated, boolean wasAtWork) implements Started {}

  /**
   * An earlier request was the same, and its turn has ended.
   *
   * @param result how
   */
  record Ended(TurnResult result) implements Started {}

  /**
   * Another turn is open; nothing was stored.
   *
   * @param running the other
   */
  record Busy(TurnId running) implements Started {}

  /** There is no such session; nothing was stored. */
  record NoSession() implements Started {}

  /**
   * Nobody could answer; nothing was stored.
   *
   * @param reason what is missing
   */
  record NoModel(String reason) implements Started {}

  /**
   * The request asks for more than there is; nothing was stored.
   *
   * @param field what is wrong
   * @param detail why
   */
  record Invalid(String field, String detail) implements Started {}

  /** The service is stopping; nothing was stored. */
  record Stopping() implements Started {}
}
