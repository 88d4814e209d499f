package dev.palimpsest.memory.session;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What else decides how the next token is chosen, beside what {@link SamplingOptions} always had;
 * what is absent is decided by whoever generates.
 *
 * @param typicalP above 0, at most 1
 * @param sparsemax whether unlikely tokens get the probability 0 by projection, not a small one
 * @param repetitionPenalty what logits of tokens that were said before are divided by; above 0, at
 *     most {@value #REPETITION_MAX}
 * @param presencePenalty what is taken off them; at most {@value #PENALTY_MAX} either way
 * @param frequencyPenalty what is taken off them for each time; at most {@value #PENALTY_MAX}
 * @param logitBias what is added to the logits of single tokens, at most {@value #BIASES_MAX}, each
 *     token once
 * @param bestOf how many answers are made, of which the likeliest is given; at most {@value
 *     #BEST_OF_MAX}
 */
public record Shaping(
    @Nullable Double typicalP,
    @Nullable Boolean sparsemax,
    @Nullable Double repetitionPenalty,
    @Nullable Double presencePenalty,
    @Nullable Double frequencyPenalty,
    List<TokenBias> logitBias,
    @Nullable Integer bestOf) {
  /** The largest factor. */
  public static final double REPETITION_MAX = 10;

  /** The strongest penalty. */
  public static final double PENALTY_MAX = 2;

  /** The strongest bias. */
  public static final double BIAS_MAX = 100;

  /** The most tokens with a bias. */
  public static final int BIASES_MAX = 1024;

  /** The most answers of which one is given. */
  public static final int BEST_OF_MAX = 16;

  /** Nothing said. */
  public static final Shaping NONE = new Shaping(null, null, null, null, null, List.of(), null);

  /**
   * What is added to one token's logit.
   *
   * @param token its id, at least 0
   * @param bias at most {@value #BIAS_MAX} either way
   */
  public record TokenBias(int token, double bias) {
    /** Refuses values outside the ranges. */
    public TokenBias {
      if (token < 0 || !(Math.abs(bias) <= BIAS_MAX)) {
        throw new IllegalArgumentException(
            "logit_bias is " + bias + " for token " + token + "; -100 to 100, tokens from 0");
      }
    }
  }

  /** Refuses values outside the ranges, naming the field; copies the list. */
  public Shaping {
    if (typicalP != null && !(typicalP > 0 && typicalP <= 1)) {
      throw new IllegalArgumentException("typical_p is " + typicalP + "; above 0, at most 1");
    }
    if (repetitionPenalty != null
        && !(repetitionPenalty > 0 && repetitionPenalty <= REPETITION_MAX)) {
      throw new IllegalArgumentException(
          "repetition_penalty is " + repetitionPenalty + "; above 0, at most 10");
    }
    requirePenalty("presence_penalty", presencePenalty);
    requirePenalty("frequency_penalty", frequencyPenalty);
    if (bestOf != null && (bestOf < 1 || bestOf > BEST_OF_MAX)) {
      throw new IllegalArgumentException("best_of is " + bestOf + "; 1 to " + BEST_OF_MAX);
    }
    logitBias = List.copyOf(logitBias);
    if (logitBias.size() > BIASES_MAX) {
      throw new IllegalArgumentException(
          "logit_bias has " + logitBias.size() + " tokens; at most " + BIASES_MAX);
    }
    Set<Integer> tokens = new HashSet<>();
    for (TokenBias each : logitBias) {
      if (!tokens.add(each.token())) {
        throw new IllegalArgumentException("logit_bias names the token " + each.token() + " twice");
      }
    }
  }

  private static void requirePenalty(String name, @Nullable Double penalty) {
    if (penalty != null && !(Math.abs(penalty) <= PENALTY_MAX)) {
      throw new IllegalArgumentException(name + " is " + penalty + "; -2 to 2");
    }
  }

  /** This, with what it leaves open taken from {@code fallback}. */
  public Shaping orElse(Shaping fallback) {
    return new Shaping(
        typicalP != null ? typicalP : fallback.typicalP,
        sparsemax != null ? sparsemax : fallback.sparsemax,
        repetitionPenalty != null ? repetitionPenalty : fallback.repetitionPenalty,
        presencePenalty != null ? presencePenalty : fallback.presencePenalty,
        frequencyPenalty != null ? frequencyPenalty : fallback.frequencyPenalty,
        logitBias.isEmpty() ? fallback.logitBias : logitBias,
        bestOf != null ? bestOf : fallback.bestOf);
  }
}
