package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;

/**
 * What a client says came of a call that it was to perform.
 *
 * @param turn which
 * @param call its name within the turn
 * @param text what came of it, at most {@link TurnEvent.ToolAnswered#TEXT_CHARACTERS_MAX}
 * @param isError whether it failed
 */
public record CallAnswer(TurnId turn, String call, String text, boolean isError) {
  /** Refuses unstorable texts. */
  public CallAnswer {
    StorableText.require("call", call, TurnEvent.NAME_CHARACTERS_MAX);
    StorableText.require("text", text, TurnEvent.ToolAnswered.TEXT_CHARACTERS_MAX);
  }
}
