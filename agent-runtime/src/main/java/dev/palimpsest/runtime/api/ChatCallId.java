package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.TurnId;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a call towards OpenAI's clients. It holds where the call is, so that what came of it
 * finds its turn without anything being kept.
 *
 * @param session of the turn
 * @param turn of the call
 * @param call its name within the turn
 */
record ChatCallId(SessionId session, TurnId turn, String call) {
  private static final String CALL = "call-";
  private static final Pattern SHAPE =
      Pattern.compile("call_([0-9A-Za-z]{1,60})_([0-9A-Za-z]{1,60})_([0-9]{1,9})");

  /** Reads a name; empty where it is none of ours. */
  static Optional<ChatCallId> of(String text) {
    Matcher parts = SHAPE.matcher(text);
    return parts.matches()
        ? Optional.of(
            new ChatCallId(
                new SessionId(SessionId.PREFIX + parts.group(1)),
                new TurnId(TurnId.PREFIX + parts.group(2)),
                CALL + parts.group(3)))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return "call_"
        + session.value().substring(SessionId.PREFIX.length())
        + "_"
        + turn.value().substring(TurnId.PREFIX.length())
        + "_"
        + call.substring(CALL.length());
  }
}
