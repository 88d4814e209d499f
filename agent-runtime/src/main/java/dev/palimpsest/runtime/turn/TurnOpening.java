package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.bridge.AnswerFormat;
import dev.palimpsest.runtime.bridge.ModelCard;
import dev.palimpsest.runtime.bridge.TextModel;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Makes the first event of a turn: what was asked, with everything decided that the request left
 * open, so that the turn runs the same whenever it runs.
 */
final class TurnOpening {
  /** Sampling where neither request nor session says anything. */
  static final SamplingOptions DEFAULT_SAMPLING = new SamplingOptions(0.7, 40, 0.95, null, null);

  private final TurnLimits limits;
  private final RandomGenerator random;

  TurnOpening(TurnLimits limits, RandomGenerator random) {
    this.limits = limits;
    this.random = random;
  }

  /** Why this model cannot take the request, if it cannot. */
  Optional<Started> refusal(TurnRequest request, Session session, TextModel model) {
    ModelCard card = model.card();
    String wanted = session.model();
    if (wanted != null && !wanted.equals(card.id())) {
      return Optional.of(
          new Started.NoModel(
              "The session wants the model '" + wanted + "'; '" + card.id() + "' is loaded."));
    }
    if (Boolean.TRUE.equals(request.grounded()) && !card.canGround()) {
      return Optional.of(
          new Started.Invalid(
              "grounded", "asks for quotations alone, which '" + card.id() + "' cannot give"));
    }
    if (!session.tools().isEmpty() && !model.callsTools()) {
      return Optional.of(
          new Started.Invalid("tools", "are the session's, and '" + card.id() + "' calls none"));
    }
    Integer output = request.outputTokensMax();
    int outputMax = Math.min(limits.outputTokensMax(), card.contextTokens() - 1);
    return output != null && output > outputMax
        ? Optional.of(
            new Started.Invalid(
                "max_output_tokens", "is " + output + "; at most " + outputMax + " here"))
        : Optional.empty();
  }

  /**
   * The event.
   *
   * @param windowTokens of the model that will answer
   */
  TurnEvent.UserSaid said(TurnRequest request, Session session, int windowTokens) {
    SamplingOptions ofSession = session.sampling();
    SamplingOptions sampling =
        request
            .sampling()
            .orElse(ofSession == null ? SamplingOptions.NONE : ofSession)
            .orElse(DEFAULT_SAMPLING);
    Long asked = sampling.seed();
    long seed = asked != null ? asked : random.nextLong();
    Integer wanted = request.outputTokensMax();
    int output =
        wanted != null
            ? wanted
            : Math.max(1, Math.min(limits.outputTokensDefault(), windowTokens / 2));
    AnswerFormat format = request.format();
    return new TurnEvent.UserSaid(
        request.input(),
        request.clientTurnId(),
        seed,
        sampling,
        output,
        request.recall(),
        request.grounded(),
        request.given(),
        request.stop(),
        format == null ? null : format.stored(),
        request.asOf());
  }
}
