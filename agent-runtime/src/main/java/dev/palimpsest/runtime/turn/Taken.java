package dev.palimpsest.runtime.turn;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What became of a client's answer to a call. In all cases but the first nothing is stored. */
public sealed interface Taken {
  /**
   * It is committed, now or by the same answer before, and the turn goes on or has ended.
   *
   * @param turn the work
   * @param said what the model had said to the user before that call
   * @param calls names of the turn's calls up to that one
   */
  record Committed(Started turn, String said, Set<String> calls) implements Taken {
    /** Copies the set. */
    public Committed {
      calls = Set.copyOf(calls);
    }
  }

  /** The session has no such turn. */
  record NoTurn() implements Taken {}

  /** The turn has no such call. */
  record NoCall(String call) implements Taken {}

  /** The service performs this tool, or the call was none that could be performed. */
  record NotAsked(String tool) implements Taken {}

  /** The call was answered before, and otherwise. */
  record Otherwise(String call) implements Taken {}

  /**
   * The turn ended before the call was answered: it was cancelled, or the client took too long.
   *
   * @param result how it ended
   */
  record Over(TurnResult result) implements Taken {}

  /** It could not be written now. */
  record Left(TurnOutcome.Open why) implements Taken {}

  /** Nobody could go on with the turn. */
  record Refused(Started why) implements Taken {}

  /** It is committed. */
  static Committed committed(Started turn, TurnState state, CallAnswer answer) {
    List<ToolUse> until = state.usesUntil(answer.call());
    return new Committed(
        turn,
        until.stream().map(use -> use.called().said()).reduce("", Spoken::joined),
        until.stream().map(use -> use.called().call()).collect(Collectors.toSet()));
  }
}
