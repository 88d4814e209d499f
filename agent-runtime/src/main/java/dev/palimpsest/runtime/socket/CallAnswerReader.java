package dev.palimpsest.runtime.socket;

import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.turn.CallAnswer;

/** Reads what a client says came of a call, as it stands in bodies and frames. Stateless. */
public final class CallAnswerReader {
  private CallAnswerReader() {}

  /**
   * The answer.
   *
   * @param fields with {@code text} and {@code error?}, and nothing else that was not read before
   * @throws dev.palimpsest.runtime.guard.ProblemException 400 naming every field that is wrong
   */
  public static CallAnswer read(Fields fields, TurnId turn, String call) {
    String text = fields.requiredText("text", TurnEvent.ToolAnswered.TEXT_CHARACTERS_MAX);
    boolean isError = fields.flag("error");
    fields.refuseOthers();
    fields.check();
    return new CallAnswer(turn, call, text, isError);
  }
}
