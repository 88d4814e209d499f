package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.Confidence;
import dev.palimpsest.memory.session.Finish;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.Usage;
import dev.palimpsest.memory.session.WindowChange;
import org.jspecify.annotations.Nullable;

/**
 * How a turn ended, read off its events; the same for whoever asks, whenever.
 *
 * @param opened number of the event with which it began
 * @param event number of the event with which it ended
 * @param clientTurnId the client's name for it, if it gave one
 * @param output the answer; empty where there is none
 * @param finish why the answer ends, null where there is none
 * @param evidence what was recalled and what of it stands in the answer
 * @param confidence how sure the model was of the answer; null where it does not say
 * @param failed why there is none, or null
 */
public record TurnResult(
    SessionId session,
    TurnId turn,
    long opened,
    long event,
    @Nullable String clientTurnId,
    TurnStatus status,
    String output,
    @Nullable Finish finish,
    Usage usage,
    Evidence evidence,
    @Nullable Confidence confidence,
    TurnEvent.@Nullable TurnFailed failed) {
  private static final Usage NOTHING = new Usage(0, 0, 0, 0, 0, 0, 0);

  /** The result of a turn that has ended. */
  static TurnResult of(TurnState state, Evidence evidence) {
    LoggedEvent end = state.ended();
    if (end == null) {
      throw new IllegalStateException("the turn has not ended");
    }
    return switch (end.event()) {
      case TurnEvent.Answered answered -> answered(state, end, answered, evidence);
      case TurnEvent.TurnFailed failed -> failed(state, end, failed, evidence);
      case TurnEvent.UserSaid said -> throw new IllegalStateException("not an end");
      case TurnEvent.Recalled recalled -> throw new IllegalStateException("not an end");
      case TurnEvent.Planned planned -> throw new IllegalStateException("not an end");
      case TurnEvent.ToolCalled called -> throw new IllegalStateException("not an end");
      case TurnEvent.ToolAnswered answered -> throw new IllegalStateException("not an end");
      case WindowChange change -> throw new IllegalStateException("not an end");
    };
  }

  private static TurnResult answered(
      TurnState state, LoggedEvent end, TurnEvent.Answered answered, Evidence evidence) {
    return new TurnResult(
        end.session(),
        end.turn(),
        state.opened().number(),
        end.number(),
        state.said().clientTurnId(),
        TurnStatus.DONE,
        answered.output(),
        answered.finish(),
        answered.usage(),
        evidence,
        answered.confidence(),
        null);
  }

  private static TurnResult failed(
      TurnState state, LoggedEvent end, TurnEvent.TurnFailed failed, Evidence evidence) {
    return new TurnResult(
        end.session(),
        end.turn(),
        state.opened().number(),
        end.number(),
        state.said().clientTurnId(),
        TurnStatus.of(failed.type()),
        "",
        null,
        NOTHING,
        evidence,
        null,
        failed);
  }
}
