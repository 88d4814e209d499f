package dev.palimpsest.runtime.turn;

/** Ends the work on a turn that has not ended; caught where the work began. */
final class LeftOpenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient TurnOutcome.Open outcome;

  LeftOpenException(TurnOutcome.Open outcome) {
    super(outcome.toString());
    this.outcome = outcome;
  }

  TurnOutcome.Open outcome() {
    return outcome;
  }
}
