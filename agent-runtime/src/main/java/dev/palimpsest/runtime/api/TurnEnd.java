package dev.palimpsest.runtime.api;

import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.socket.TurnProblems;
import dev.palimpsest.runtime.turn.RunningTurn;
import dev.palimpsest.runtime.turn.Started;
import dev.palimpsest.runtime.turn.TurnOutcome;
import dev.palimpsest.runtime.turn.TurnResult;

/** Waits for turns on behalf of requests that answer once. */
final class TurnEnd {
  private TurnEnd() {}

  /**
   * Waits until a turn has ended; its own time limit bounds the wait.
   *
   * @param started no refusal
   * @throws ProblemException when it is left open
   */
  static TurnResult await(Started started) {
    return switch (started) {
      case Started.Ended(TurnResult result) -> result;
      case Started.Running(RunningTurn turn, boolean isRepeated, boolean wasAtWork) -> await(turn);
      case Started refusal -> throw unexpected(refusal);
    };
  }

  static IllegalStateException unexpected(Started refusal) {
    return new IllegalStateException("a refusal was told before: " + refusal);
  }

  private static TurnResult await(RunningTurn turn) {
    try {
      return switch (turn.await()) {
        case TurnOutcome.Ended(TurnResult result) -> result;
        case TurnOutcome.Open open ->
            throw new ProblemException(TurnProblems.of(turn.turn(), open));
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProblemException(ProblemKind.STOPPING, "The turn goes on without this request.");
    }
  }
}
