package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.GivenMessage;
import dev.palimpsest.memory.session.RecallChoice;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.runtime.bridge.AnswerFormat;
import dev.palimpsest.runtime.bridge.Manner;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks a session to answer.
 *
 * @param input the words; 1 to {@code TurnEvent.TEXT_CHARACTERS_MAX} characters
 * @param clientTurnId the client's own name for the turn; makes a repeat harmless
 * @param outputTokensMax tokens of the answer at most; null for the service's default
 * @param sampling what is left open is taken from the session, then from the service
 * @param recall how memories are looked for
 * @param grounded whether the answer is made of quotations alone; null: as the model prefers
 * @param given what the client brings along as the past of this turn
 * @param stop texts that end the answer and are not part of it
 * @param format what the answer has to be, or null
 * @param asOf memories are recalled as they were known then; null: as they are known now
 * @param told as in {@link dev.palimpsest.runtime.bridge.Manner}; no part of what is stored
 */
public record TurnRequest(
    String input,
    @Nullable String clientTurnId,
    @Nullable Integer outputTokensMax,
    SamplingOptions sampling,
    RecallChoice recall,
    @Nullable Boolean grounded,
    List<GivenMessage> given,
    List<String> stop,
    @Nullable AnswerFormat format,
    @Nullable Instant asOf,
    int told) {
  /** A request with no past but the session's own. */
  public TurnRequest(
      String input,
      @Nullable String clientTurnId,
      @Nullable Integer outputTokensMax,
      SamplingOptions sampling,
      RecallChoice recall,
      @Nullable Boolean grounded) {
    this(
        input,
        clientTurnId,
        outputTokensMax,
        sampling,
        recall,
        grounded,
        List.of(),
        List.of(),
        null,
        null,
        Manner.UNTOLD);
  }

  /** A request that leaves recall and grounding to the service. */
  public TurnRequest(
      String input,
      @Nullable String clientTurnId,
      @Nullable Integer outputTokensMax,
      SamplingOptions sampling) {
    this(input, clientTurnId, outputTokensMax, sampling, RecallChoice.HYBRID, null);
  }

  /** Checks that something is asked; copies the lists. */
  public TurnRequest {
    given = List.copyOf(given);
    stop = List.copyOf(stop);
    if (input.isEmpty()) {
      throw new IllegalArgumentException("input is empty");
    }
    if (outputTokensMax != null && outputTokensMax < 1) {
      throw new IllegalArgumentException("max_output_tokens is at least 1");
    }
  }

  /** The same under another name. */
  public TurnRequest named(String name) {
    return new TurnRequest(
        input, name, outputTokensMax, sampling, recall, grounded, given, stop, format, asOf, told);
  }

  /** The same of what was known at a moment; null: of what is known now. */
  public TurnRequest asOf(@Nullable Instant moment) {
    return new TurnRequest(
        input,
        clientTurnId,
        outputTokensMax,
        sampling,
        recall,
        grounded,
        given,
        stop,
        format,
        moment,
        told);
  }
}
