package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.TurnEvent;
import java.time.Instant;

/**
 * What a turn needs next. Performing a step again is harmless, since its event has one number; but
 * for a tool that must not be called twice, which {@link TurnMachine} does not ask for again.
 */
public sealed interface Step {
  /** Look up what is remembered. */
  record Recall() implements Step {}

  /** Decide what enters the window. */
  record Plan() implements Step {}

  /**
   * Let the model answer.
   *
   * @param planned what enters the window
   */
  record Generate(TurnEvent.Planned planned) implements Step {}

  /**
   * Call a tool, and let the model go on with what it answers.
   *
   * @param called what the model asked for, committed
   */
  record CallTool(TurnEvent.ToolCalled called) implements Step {}

  /**
   * Leave the turn until the client says what came of a call.
   *
   * @param called what the model asked for, committed
   * @param until when it is waited for no longer
   */
  record Wait(TurnEvent.ToolCalled called, Instant until) implements Step {}

  /**
   * End without an answer.
   *
   * @param type why
   * @param detail one sentence for a person
   */
  record Fail(FailureType type, String detail) implements Step {}

  /** Nothing; the turn has ended. */
  record Done() implements Step {}
}
