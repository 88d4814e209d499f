package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.session.AgentId;
import dev.palimpsest.memory.session.SamplingOptions;
import org.jspecify.annotations.Nullable;

/**
 * How an answer is to be made.
 *
 * @param sampling all that is left open is decided by the model; the seed makes it repeatable
 * @param ending what ends it at the latest
 * @param format what the answer has to be, or null where it is free
 * @param told how many of the likeliest tokens are told beside each token, at most {@value
 *     #TOLD_MAX}; {@value #UNTOLD} where tokens are not told
 * @param agent who answers, whose earlier answers tokens are guessed from; null for none. No token
 *     depends on it
 */
public record Manner(
    SamplingOptions sampling,
    Ending ending,
    @Nullable AnswerFormat format,
    int told,
    @Nullable AgentId agent) {
  /** The most tokens that are told beside one. */
  public static final int TOLD_MAX = 20;

  /** Tokens are not told, only their text. */
  public static final int UNTOLD = -1;

  /** Checks the number. */
  public Manner {
    if (told < UNTOLD || told > TOLD_MAX) {
      throw new IllegalArgumentException("-1 to 20 tokens are told, not " + told);
    }
  }

  /** Free, with words alone. */
  public static Manner of(SamplingOptions sampling, Ending ending) {
    return new Manner(sampling, ending, null, UNTOLD, null);
  }
}
