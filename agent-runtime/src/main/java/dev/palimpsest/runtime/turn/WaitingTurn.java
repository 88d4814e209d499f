package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.Usage;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A turn that waits for its client, read off its events.
 *
 * @param clientTurnId the client's name for it, if it gave one
 * @param event number of the event with which it waits
 * @param calls that the client has to perform
 * @param until when it waits no longer
 * @param output what was said so far
 * @param evidence what was recalled
 * @param usage what its calls took so far
 */
public record WaitingTurn(
    SessionId session,
    TurnId turn,
    @Nullable String clientTurnId,
    long event,
    List<TurnEvent.ToolCalled> calls,
    Instant until,
    String output,
    Evidence evidence,
    Usage usage) {
  /** Copies the list. */
  public WaitingTurn {
    calls = List.copyOf(calls);
  }

  /** The turn of which this is the state. */
  static WaitingTurn of(TurnState state, Evidence evidence) {
    ToolUse use =
        state.awaited().orElseThrow(() -> new IllegalStateException("the turn waits for nobody"));
    Usage usage =
        state.uses().stream()
            .map(one -> one.called().usage())
            .reduce((first, next) -> next.and(first))
            .orElseThrow();
    return new WaitingTurn(
        state.opened().session(),
        state.opened().turn(),
        state.said().clientTurnId(),
        use.event(),
        List.of(use.called()),
        use.until(),
        state.saidBefore(),
        evidence,
        usage);
  }
}
