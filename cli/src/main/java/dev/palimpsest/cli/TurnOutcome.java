package dev.palimpsest.cli;

/** How a turn ended for the reader. */
sealed interface TurnOutcome {

  /** The answer is complete. */
  record Done(Usage usage, Evidence evidence) implements TurnOutcome {}

  /** Stopped on request. */
  record Cancelled() implements TurnOutcome {}

  /** The service accepted the turn and could not finish it. */
  record Failed(Problem problem) implements TurnOutcome {}

  /** The service did not accept the turn; nothing was stored. */
  record Refused(Problem problem) implements TurnOutcome {}

  /** The reader went away; the turn goes on without them. */
  record Left() implements TurnOutcome {}
}
