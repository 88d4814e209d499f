package dev.palimpsest.memory.session;

/** What became of a turn that was proposed. */
public sealed interface Acceptance {
  /** Committed: the turn is open and will not be lost. */
  record Accepted(LoggedEvent event) implements Acceptance {}

  /** The client's turn id, or the proposed id itself, is already there as this turn. */
  record Repeated(TurnId turn) implements Acceptance {}

  /** Another turn of the session is open; nothing was stored. */
  record Busy(TurnId running) implements Acceptance {}

  /** There is no such session. */
  record Gone() implements Acceptance {}
}
