package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.Usage;
import org.jspecify.annotations.Nullable;

/**
 * How a turn ended, read off its events; the same for whoever asks, whenever.
 *
 * @param opened number of the event with which it began
 * @param event number of the event with which it ended
 * @param clientTurnId the client's name for it, if it gave one
 * @param output the answer; empty where there is none
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
    Usage usage,
    TurnEvent.@Nullable TurnFailed failed) {
  private static final Usage NOTHING = new Usage(0, 0, 0, 0, 0, 0, 0);

  /** The result of a turn that has ended. */
  static TurnResult of(TurnState state) {
    LoggedEvent end = state.ended();
    if (end == null) {
      throw new IllegalStateException("the turn has not ended");
    }
    return switch (end.event()) {
      case TurnEvent.Answered(String output, var finish, Usage usage) ->
          of(state, end, TurnStatus.DONE, output, usage, null);
      case TurnEvent.TurnFailed failed ->
          of(state, end, TurnStatus.of(failed.type()), "", NOTHING, failed);
      case TurnEvent.UserSaid said -> throw new IllegalStateException("not an end");
      case TurnEvent.Planned planned -> throw new IllegalStateException("not an end");
    };
  }

  private static TurnResult of(
      TurnState state,
      LoggedEvent end,
      TurnStatus status,
      String output,
      Usage usage,
      TurnEvent.@Nullable TurnFailed failed) {
    return new TurnResult(
        end.session(),
        end.turn(),
        state.opened().number(),
        end.number(),
        state.said().clientTurnId(),
        status,
        output,
        usage,
        failed);
  }
}
