package dev.palimpsest.runtime.socket;

import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.turn.Started;
import dev.palimpsest.runtime.turn.Taken;
import dev.palimpsest.runtime.turn.TurnOutcome;
import dev.palimpsest.runtime.turn.WaitingTurn;
import java.util.List;
import java.util.Optional;

/** What is told when a turn does not begin, does not end, or ends without an answer. */
public final class TurnProblems {
  private TurnProblems() {}

  /** Why a turn failed. */
  public static Problem of(TurnId turn, TurnEvent.TurnFailed failed) {
    ProblemKind kind =
        switch (failed.type()) {
          case INTERRUPTED -> ProblemKind.INTERRUPTED;
          case CANCELLED -> ProblemKind.CANCELLED;
          case MODEL_FAILED -> ProblemKind.MODEL_FAILED;
          case MODEL_MISSING -> ProblemKind.MODEL_MISSING;
          case CONTEXT_TOO_LARGE -> ProblemKind.CONTEXT_TOO_LARGE;
          case LIMIT -> ProblemKind.LIMIT;
        };
    return Problem.of(kind, failed.detail()).withTurn(turn.value());
  }

  /** Why work on a turn was left although it has not ended. */
  public static Problem of(TurnId turn, TurnOutcome.Open open) {
    return switch (open) {
      case TurnOutcome.Blocked(TurnId running) -> busy(running);
      case TurnOutcome.Erased erased ->
          Problem.of(ProblemKind.NOT_FOUND, "The session was erased.").withTurn(turn.value());
      case TurnOutcome.Stopped stopped ->
          Problem.of(ProblemKind.STOPPING, "The turn is accepted and goes on with the next start.")
              .withTurn(turn.value());
      case TurnOutcome.StoreAway away ->
          Problem.of(
                  ProblemKind.STORE_UNAVAILABLE,
                  "The turn is accepted and goes on when the database is back.")
              .withTurn(turn.value());
      case TurnOutcome.Waiting(WaitingTurn waiting) ->
          Problem.of(
                  ProblemKind.TURN_RUNNING,
                  "The turn waits for what the client says came of '"
                      + waiting.calls().getFirst().tool()
                      + "'.")
              .withTurn(turn.value());
      case TurnOutcome.Elsewhere elsewhere ->
          Problem.of(ProblemKind.OVERLOADED, "Another node is at work on the turn.")
              .withTurn(turn.value());
    };
  }

  /** Why what a client says of a call was not taken; empty when it was. */
  public static Optional<Problem> of(TurnId turn, Taken taken) {
    return switch (taken) {
      case Taken.Committed committed -> Optional.empty();
      case Taken.NoTurn none ->
          Optional.of(Problem.of(ProblemKind.NOT_FOUND, "There is no such turn."));
      case Taken.NoCall(String call) ->
          Optional.of(
              Problem.of(ProblemKind.NOT_FOUND, "The turn has no call '" + call + "'.")
                  .withTurn(turn.value()));
      case Taken.NotAsked(String tool) ->
          Optional.of(
              Problem.of(ProblemKind.CALL_STATE, "The client does not perform '" + tool + "'.")
                  .withTurn(turn.value()));
      case Taken.Otherwise(String call) ->
          Optional.of(
              Problem.of(ProblemKind.CONFLICT, "'" + call + "' was answered before, otherwise.")
                  .withTurn(turn.value()));
      case Taken.Over over ->
          Optional.of(
              Problem.of(ProblemKind.CALL_STATE, "The turn has ended without this answer.")
                  .withTurn(turn.value()));
      case Taken.Left(TurnOutcome.Open why) -> Optional.of(of(turn, why));
      case Taken.Refused(Started why) -> of(why);
    };
  }

  /** Why a turn did not begin; empty when it did. */
  public static Optional<Problem> of(Started started) {
    return switch (started) {
      case Started.Running running -> Optional.empty();
      case Started.Ended ended -> Optional.empty();
      case Started.Busy(TurnId other) -> Optional.of(busy(other));
      case Started.NoSession none -> Optional.of(noSession());
      case Started.NoModel(String reason) ->
          Optional.of(Problem.of(ProblemKind.MODEL_MISSING, reason));
      case Started.Invalid(String field, String detail) ->
          Optional.of(
              Problem.of(ProblemKind.INVALID_REQUEST, "'" + field + "' " + detail + ".")
                  .withErrors(List.of(new Problem.FieldError(field, detail))));
      case Started.Stopping stopping ->
          Optional.of(
              Problem.of(ProblemKind.STOPPING, "The service is stopping; nothing was stored."));
    };
  }

  /** What is wrong with the store. */
  public static Problem of(MemoryStoreException e) {
    return e.isUnavailable()
        ? Problem.of(
            ProblemKind.STORE_UNAVAILABLE,
            "The database does not answer. With the same client_turn_id or Idempotency-Key the"
                + " request may be repeated without harm.")
        : Problem.of(ProblemKind.INTERNAL, "The store failed; the service's log says how.");
  }

  /** Whoever sends a key again must send the same request with it. */
  public static Problem keyReused() {
    return Problem.of(ProblemKind.CONFLICT, "The Idempotency-Key was used with another request.");
  }

  /**
   * A session can begin with whole turns only.
   *
   * @param before the last event before the one asked for with which a turn ends, 0 for none
   */
  static Problem noEnd(long before) {
    String detail = "is no event with which a turn ends; the one before it is " + before;
    return Problem.of(ProblemKind.INVALID_REQUEST, "'at' " + detail + ".")
        .withErrors(List.of(new Problem.FieldError("at", detail)));
  }

  /** There is no session of this name, or none that the caller may see. */
  public static Problem noSession() {
    return Problem.of(ProblemKind.NOT_FOUND, "There is no such session.");
  }

  private static Problem busy(TurnId running) {
    return Problem.of(
            ProblemKind.TURN_RUNNING,
            "Turn " + running + " is not finished; wait for it or cancel it.")
        .withTurn(running.value());
  }
}
