package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.NewEvent;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.bridge.TextModel;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Writes down what clients say came of the calls that they perform. Safe for many threads. */
final class ClientCalls {
  /** How long whoever answers waits for the store. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final TurnLog log;
  private final TurnLoop loop;
  private final InstantSource clock;

  ClientCalls(TurnLog log, TurnLoop loop, InstantSource clock) {
    this.log = log;
    this.loop = loop;
    this.clock = clock;
  }

  /** What an answer is to a turn as it stands. */
  sealed interface Look {
    /** It is waited for. */
    record Asked() implements Look {}

    /** It was given before. */
    record Known() implements Look {}

    /** It comes too late. */
    record Over() implements Look {}

    /** It is an answer to nothing that was asked. */
    record Refused(Taken why) implements Look {}
  }

  static Look look(TurnState state, CallAnswer answer) {
    ToolUse use = state.use(answer.call()).orElse(null);
    if (use == null) {
      return new Look.Refused(new Taken.NoCall(answer.call()));
    }
    if (!use.called().isForClient()) {
      return new Look.Refused(new Taken.NotAsked(use.called().tool()));
    }
    TurnEvent.ToolAnswered before = use.answered();
    if (before != null) {
      boolean isSame = before.text().equals(answer.text()) && before.isError() == answer.isError();
      return isSame ? new Look.Known() : new Look.Refused(new Taken.Otherwise(answer.call()));
    }
    return state.ended() == null ? new Look.Asked() : new Look.Over();
  }

  /**
   * Appends the answer.
   *
   * @param state in which it is waited for
   * @return the state after it; empty where something else was appended first
   * @throws LeftOpenException when it cannot be written now
   */
  Optional<TurnState> write(RunningTurn turn, TextModel model, TurnState state, CallAnswer answer)
      throws InterruptedException {
    ToolUse use = state.awaited().orElseThrow();
    Instant now = clock.instant();
    Instant deadline = now.plus(PATIENCE);
    long millis = Math.max(0, Duration.between(use.at(), now).toMillis());
    TurnEvent.ToolAnswered said =
        new TurnEvent.ToolAnswered(
            answer.call(), answer.isError(), answer.text(), 0, List.of(), millis);
    TurnEvent.ToolAnswered fitting = loop.fitting(turn, model, state, said, deadline);
    if (!log.lease(turn.session(), deadline)) {
      throw new LeftOpenException(new TurnOutcome.Elsewhere());
    }
    // The window may have changed while the client was at it, and may change now.
    long last = log.besideTurns(turn.session(), use.event(), deadline);
    while (true) {
      NewEvent next = new NewEvent(turn.turn(), last + 1, fitting, List.of());
      switch (log.append(turn.session(), next, deadline)) {
        case TurnLog.Written.Event(LoggedEvent written) -> {
          return Optional.of(state.after(written));
        }
        case TurnLog.Written.ReadAgain again -> {
          long beside = log.besideTurns(turn.session(), last, deadline);
          if (beside == last) {
            return Optional.empty();
          }
          last = beside;
        }
      }
    }
  }

  /** The event of an answer that was written. */
  static TurnEvent.ToolAnswered answered(TurnState after, CallAnswer answer) {
    TurnEvent.ToolAnswered answered = after.use(answer.call()).orElseThrow().answered();
    if (answered == null) {
      throw new IllegalStateException("the call is not answered");
    }
    return answered;
  }
}
