package dev.palimpsest.runtime.ops;

import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.Usage;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.turn.Evidence;
import dev.palimpsest.runtime.turn.SessionKey;
import dev.palimpsest.runtime.turn.TurnObserver;
import dev.palimpsest.runtime.turn.TurnOutcome;
import dev.palimpsest.runtime.turn.TurnResult;
import dev.palimpsest.runtime.turn.TurnStatus;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/**
 * Counts turns. {@code palimpsest_turns_total{status}}, {@code palimpsest_tokens_total{kind}},
 * {@code palimpsest_turn_first_token_seconds}, {@code palimpsest_turn_outside_model_seconds},
 * {@code palimpsest_turns_without_memory_total}.
 */
public final class TurnMetrics implements TurnObserver {
  private static final String TURNS = "palimpsest.turns";
  private static final String TOKENS = "palimpsest.tokens";

  private final MeterRegistry registry;
  private final Timer firstToken;
  private final Timer outsideModel;

  /** Registers the meters. */
  public TurnMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.firstToken =
        Timer.builder("palimpsest.turn.first.token")
            .description("From acceptance to the first token of the answer")
            .publishPercentileHistogram()
            .register(registry);
    this.outsideModel =
        Timer.builder("palimpsest.turn.outside.model")
            .description("What a turn takes beside waiting for the model")
            .publishPercentileHistogram()
            .register(registry);
    for (TurnStatus status : TurnStatus.values()) {
      registry.counter(TURNS, "status", Names.of(status));
    }
  }

  @Override
  public void begun(SessionKey session, TurnId turn, boolean isRepeated) {
    registry.counter("palimpsest.turns.begun", "repeated", String.valueOf(isRepeated)).increment();
  }

  @Override
  public void over(SessionKey session, TurnId turn, TurnOutcome outcome) {
    switch (outcome) {
      case TurnOutcome.Ended(TurnResult result) -> ended(result);
      case TurnOutcome.Open open ->
          registry.counter("palimpsest.turns.left.open", "why", TurnLines.why(open)).increment();
    }
  }

  @Override
  public void failed(SessionKey session, TurnId turn, RuntimeException cause) {
    registry.counter("palimpsest.turns.unforeseen").increment();
  }

  private void ended(TurnResult result) {
    Usage usage = result.usage();
    registry.counter(TURNS, "status", Names.of(result.status())).increment();
    Evidence.Lookup recall = result.evidence().recall();
    if (recall != null && recall.trouble() != null) {
      registry.counter("palimpsest.turns.without.memory").increment();
    }
    if (result.status() == TurnStatus.DONE) {
      registry.counter(TOKENS, "kind", "input").increment(usage.inputTokens());
      registry.counter(TOKENS, "kind", "cached").increment(usage.cachedTokens());
      registry.counter(TOKENS, "kind", "prefilled").increment(usage.prefilledTokens());
      registry.counter(TOKENS, "kind", "output").increment(usage.outputTokens());
      firstToken.record(Duration.ofMillis(usage.firstTokenMillis()));
      outsideModel.record(
          Duration.ofMillis(Math.max(0, usage.totalMillis() - usage.modelMillis())));
    }
  }
}
