package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.TurnId;

/** What became of the work on a turn in this process. */
public sealed interface TurnOutcome {
  /**
   * The turn has ended.
   *
   * @param result how
   */
  record Ended(TurnResult result) implements TurnOutcome {}

  /** The turn has not ended, and nobody here works on it any more. */
  sealed interface Open extends TurnOutcome {}

  /**
   * It was to run again while another turn of the session is open.
   *
   * @param running the other
   */
  record Blocked(TurnId running) implements Open {}

  /** Its session was erased. */
  record Erased() implements Open {}

  /** The service is stopping; the next start goes on with it. */
  record Stopped() implements Open {}

  /**
   * The store did not take its next event in time; it is taken up again when the store is back.
   *
   * @param detail what the store said
   */
  record StoreAway(String detail) implements Open {}

  /**
   * The client has to perform a tool; when it has said what came of it, the turn goes on.
   *
   * @param turn how far it has come
   */
  record Waiting(WaitingTurn turn) implements Open {}

  /** Another node holds the session's lease and works on it. */
  record Elsewhere() implements Open {}
}
