package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.RecallChoice;
import dev.palimpsest.memory.session.TurnEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Decides what a turn needs next. A pure function of the turn's events, the time that is handed in
 * and what is fixed for the life of a process: the limits and the model. No I/O, no state.
 */
public final class TurnMachine {
  private final TurnLimits limits;
  private final Optional<String> modelFingerprint;

  /**
   * Takes what is fixed.
   *
   * @param modelFingerprint of the model that serves; empty when there is none
   */
  public TurnMachine(TurnLimits limits, Optional<String> modelFingerprint) {
    this.limits = limits;
    this.modelFingerprint = modelFingerprint;
  }

  /**
   * Reads a turn.
   *
   * @param events all events of the turn in order, at least the first
   */
  public static TurnState fold(List<LoggedEvent> events) {
    TurnState state = TurnState.opened(events.getFirst());
    for (LoggedEvent event : events.subList(1, events.size())) {
      state = state.after(event);
    }
    return state;
  }

  /** What to do next. */
  public Step next(TurnState state, Instant now) {
    if (state.ended() != null) {
      return new Step.Done();
    }
    if (state.isStopping()) {
      return new Step.Fail(FailureType.CANCELLED, "The turn was stopped on request.");
    }
    Optional<ToolUse> awaited = state.awaited();
    if (awaited.isPresent()) {
      return awaited(state, awaited.get(), now);
    }
    if (modelFingerprint.isEmpty()) {
      return new Step.Fail(
          FailureType.INTERRUPTED, "There is no model to go on with; repeat the turn later.");
    }
    if (!remaining(state, now).isPositive()) {
      return new Step.Fail(
          FailureType.LIMIT, "The turn took longer than " + limits.wallTime().toSeconds() + " s.");
    }
    if (state.steps() >= limits.steps()) {
      return new Step.Fail(
          FailureType.LIMIT, "The turn took " + state.steps() + " steps without an answer.");
    }
    return next(state, modelFingerprint.get());
  }

  /** The time that the turn has left. */
  Duration remaining(TurnState state, Instant now) {
    return limits.wallTime().minus(Duration.between(state.since(), now));
  }

  private Step next(TurnState state, String fingerprint) {
    TurnEvent.Planned planned = state.planned();
    if (planned == null) {
      boolean isToRecall = state.said().recall() != RecallChoice.NONE && state.recalled() == null;
      return isToRecall ? new Step.Recall() : new Step.Plan();
    }
    if (!planned.modelFingerprint().equals(fingerprint)) {
      return new Step.Fail(
          FailureType.INTERRUPTED,
          "The turn was begun with another model; repeat it to run it with this one.");
    }
    return state
        .pending()
        .map(called -> call(state, called))
        .orElseGet(() -> new Step.Generate(planned));
  }

  /** A call that is in no order is answered by us, and may be answered again. */
  private Step call(TurnState state, TurnEvent.ToolCalled called) {
    if (state.isUnsure() && ToolUse.isOnceOnly(called)) {
      return new Step.Fail(
          FailureType.INTERRUPTED,
          "The tool '"
              + called.tool()
              + "' was called, nobody knows what came of it, and it must not be called twice.");
    }
    return tooMany(state).orElseGet(() -> new Step.CallTool(called));
  }

  /**
   * The client may take longer than a turn, and whether it has performed a call it knows best: a
   * restart changes nothing.
   */
  private Step awaited(TurnState state, ToolUse use, Instant now) {
    if (!now.isBefore(use.until())) {
      return new Step.Fail(
          FailureType.LIMIT,
          "The client did not say within "
              + use.called().waitSeconds()
              + " s what came of '"
              + use.called().tool()
              + "'.");
    }
    return tooMany(state).orElseGet(() -> new Step.Wait(use.called(), use.until()));
  }

  /** Whether there was a call beyond the limit, which nobody is to perform. */
  boolean isTooMany(TurnState state) {
    return state.uses().size() > limits.toolCallsMax();
  }

  private Optional<Step> tooMany(TurnState state) {
    return isTooMany(state)
        ? Optional.of(
            new Step.Fail(
                FailureType.LIMIT,
                "The turn called tools more than " + limits.toolCallsMax() + " times."))
        : Optional.empty();
  }
}
