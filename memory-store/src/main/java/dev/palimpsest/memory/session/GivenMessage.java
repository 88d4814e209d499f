package dev.palimpsest.memory.session;

import dev.palimpsest.memory.StorableText;

/**
 * A message before a turn that no turn of ours made: the client brought it along, and the model
 * reads it as it is.
 *
 * @param isUser whether the user said it; else the assistant
 * @param text at most {@link TurnEvent#TEXT_CHARACTERS_MAX}
 */
public record GivenMessage(boolean isUser, String text) {
  /** The most messages of one turn. */
  public static final int COUNT_MAX = 2000;

  /** Refuses unstorable texts. */
  public GivenMessage {
    StorableText.require("given", text, TurnEvent.TEXT_CHARACTERS_MAX);
  }
}
