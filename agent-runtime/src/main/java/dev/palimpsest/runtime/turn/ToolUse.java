package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A call of a tool in a turn.
 *
 * @param called what the model asked for
 * @param event number of that event
 * @param at when it was committed
 * @param answered what came of it, null as long as nothing did
 */
record ToolUse(
    TurnEvent.ToolCalled called,
    long event,
    Instant at,
    TurnEvent.@Nullable ToolAnswered answered) {
  private static final String HANDLE = "result-";

  /** A call that was just committed. */
  static ToolUse of(TurnEvent.ToolCalled called, LoggedEvent logged) {
    return new ToolUse(called, logged.number(), logged.at(), null);
  }

  /** The same with what came of it. */
  ToolUse with(TurnEvent.ToolAnswered answer) {
    return new ToolUse(called, event, at, answer);
  }

  /** The name under which its answer can be read on in the session. */
  String handle() {
    return HANDLE + event;
  }

  /**
   * Until when the client may perform it.
   *
   * @throws NullPointerException for a call that the service performs
   */
  Instant until() {
    return at.plusSeconds(Objects.requireNonNull(called.waitSeconds()));
  }

  /** Whether a call must not be made a second time; one with a problem was never made. */
  static boolean isOnceOnly(TurnEvent.ToolCalled called) {
    return !called.isRepeatable() && called.problem() == null;
  }

  /**
   * Whether what a call answers comes from outside: of a tool that is not ours, now or when it was
   * kept. One with a problem asks nothing.
   */
  static boolean isOutside(TurnEvent.ToolCalled called) {
    return called.problem() == null
        && Stream.of(Tool.BuiltIn.MEMORY_SEARCH, Tool.BuiltIn.MEMORY_WRITE)
            .noneMatch(own -> own.calledName().equals(called.tool()));
  }
}
