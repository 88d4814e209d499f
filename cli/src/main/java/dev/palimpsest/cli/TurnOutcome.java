package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;

/** How a turn ended for the reader. */
sealed interface TurnOutcome {

  /**
   * The answer is complete.
   *
   * @param result what the service said of the turn, its evidence included
   */
  record Done(Usage usage, JsonNode result) implements TurnOutcome {
    /** What the answer rests on. */
    Evidence evidence() {
      return Evidence.of(result);
    }
  }

  /** Stopped on request. */
  record Cancelled() implements TurnOutcome {}

  /** The service accepted the turn and could not finish it. */
  record Failed(Problem problem) implements TurnOutcome {}

  /** The service did not accept the turn; nothing was stored. */
  record Refused(Problem problem) implements TurnOutcome {}

  /** The reader went away; the turn goes on without them. */
  record Left() implements TurnOutcome {}
}
