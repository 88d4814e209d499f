package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.TurnEvent;
import org.jspecify.annotations.Nullable;

/**
 * A call of a tool in a turn.
 *
 * @param called what the model asked for
 * @param answered what came of it, null as long as nothing did
 */
record ToolUse(TurnEvent.ToolCalled called, TurnEvent.@Nullable ToolAnswered answered) {}
