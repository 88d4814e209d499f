package dev.palimpsest.runtime.api;

import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.socket.TurnProblems;
import dev.palimpsest.runtime.turn.RunningTurn;
import dev.palimpsest.runtime.turn.Started;
import dev.palimpsest.runtime.turn.TurnOutcome;
import dev.palimpsest.runtime.turn.TurnResult;
import dev.palimpsest.runtime.turn.WaitingTurn;
import java.util.function.Function;

/** Waits for turns on behalf of requests that answer once. */
final class TurnEnd {
  private TurnEnd() {}

  /**
   * Waits until a turn has ended or waits for its client; its own time limit bounds the wait.
   *
   * @param started no refusal
   * @param ended what to make of its end
   * @param waiting what to make of a turn that waits
   * @throws ProblemException when it is left open
   */
  static <T> T await(
      Started started, Function<TurnResult, T> ended, Function<WaitingTurn, T> waiting) {
    return switch (started) {
      case Started.Ended(TurnResult result) -> ended.apply(result);
      case Started.Running(RunningTurn turn, boolean isRepeated, boolean wasAtWork) ->
          switch (await(turn)) {
            case TurnOutcome.Ended(TurnResult result) -> ended.apply(result);
            case TurnOutcome.Waiting(WaitingTurn left) -> waiting.apply(left);
            case TurnOutcome.Open open ->
                throw new ProblemException(TurnProblems.of(turn.turn(), open));
          };
      case Started refusal -> throw unexpected(refusal);
    };
  }

  static IllegalStateException unexpected(Started refusal) {
    return new IllegalStateException("a refusal was told before: " + refusal);
  }

  private static TurnOutcome await(RunningTurn turn) {
    try {
      return turn.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProblemException(ProblemKind.STOPPING, "The turn goes on without this request.");
    }
  }
}
