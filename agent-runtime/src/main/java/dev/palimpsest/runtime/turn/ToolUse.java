package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A call of a tool in a turn.
 *
 * @param called what the model asked for
 * @param answered what came of it, null as long as nothing did
 */
record ToolUse(TurnEvent.ToolCalled called, TurnEvent.@Nullable ToolAnswered answered) {
  /** Whether a call must not be made a second time; one with a problem was never made. */
  static boolean isOnceOnly(TurnEvent.ToolCalled called) {
    return !called.isRepeatable() && called.problem() == null;
  }

  /** Whether a call asks something that is not ours; one with a problem asks nothing. */
  static boolean isOutside(TurnEvent.ToolCalled called) {
    return called.problem() == null
        && Stream.of(Tool.BuiltIn.values())
            .noneMatch(own -> own.calledName().equals(called.tool()));
  }
}
