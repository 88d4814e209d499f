package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.Finish;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.RecallChoice;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Builds the log of one turn by hand. */
final class TurnEvents {
  static final SessionId SESSION = new SessionId("ses_1");
  static final TurnId TURN = new TurnId("trn_1");
  static final Instant START = Instant.parse("2026-03-01T10:00:00Z");
  static final String MODEL = "model-a";

  /** Longer than a turn of the tests may take. */
  static final int WAIT_SECONDS = 3600;

  private final List<LoggedEvent> events = new ArrayList<>();

  static TurnEvents said() {
    return new TurnEvents().add(new TurnEvent.UserSaid("Hello", "c1", 7, SamplingOptions.NONE, 16));
  }

  /** A turn that looks up what is remembered. */
  static TurnEvents asked() {
    return new TurnEvents()
        .add(
            new TurnEvent.UserSaid(
                "Hello", "c1", 7, SamplingOptions.NONE, 16, RecallChoice.HYBRID, null));
  }

  TurnEvents recalled() {
    return add(new TurnEvent.Recalled("Hello", List.of(), 1, false, 2, null));
  }

  TurnEvents planned(String model) {
    return add(new TurnEvent.Planned(model, null, 3, List.of(1L), 0));
  }

  static TurnEvent toolCall(int number, boolean isRepeatable, @Nullable String problem) {
    String call = "call-" + number;
    Usage usage = new Usage(3, 0, 3, 2, 1, 2, 1);
    return new TurnEvent.ToolCalled(
        call, "send", "{}", TURN + "-" + number, isRepeatable, problem, "", List.of(), usage);
  }

  /** A call that the client performs, once. */
  static TurnEvent clientCall(int number) {
    Usage usage = new Usage(3, 0, 3, 2, 1, 2, 1);
    return new TurnEvent.ToolCalled(
        "call-" + number,
        "ask",
        "{}",
        TURN + "-" + number,
        false,
        null,
        "",
        List.of(),
        usage,
        WAIT_SECONDS);
  }

  static TurnEvent toolAnswer(String call) {
    return new TurnEvent.ToolAnswered(call, false, "sent", 0, List.of(), 1);
  }

  TurnEvents answered() {
    return add(new TurnEvent.Answered("Hi.", Finish.STOP, new Usage(3, 0, 3, 2, 1, 2, 1)));
  }

  TurnEvents failed(FailureType type) {
    return add(new TurnEvent.TurnFailed(type, "because"));
  }

  TurnEvents add(TurnEvent event) {
    long number = events.size() + 1L;
    Instant at = START.plus(Duration.ofSeconds(number - 1));
    events.add(new LoggedEvent(SESSION, TURN, number, at, event, number));
    return this;
  }

  List<LoggedEvent> list() {
    return List.copyOf(events);
  }

  TurnState state() {
    return TurnMachine.fold(events);
  }
}
