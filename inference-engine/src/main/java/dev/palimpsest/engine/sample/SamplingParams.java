package dev.palimpsest.engine.sample;

/**
 * How the next token is chosen. The steps are taken in this order: penalties, logit bias, top-k,
 * typical, top-p, min-p, then temperature and the distribution, then one draw. Probabilities inside
 * typical and top-p are the softmax over what is left at that point, before temperature.
 *
 * @param temperature logits are divided by it; 0 takes the best token after penalties and bias and
 *     ignores the rest
 * @param topK only the {@code k} best tokens; 0 for all
 * @param topP only the best tokens that together have this probability; 1 for all
 * @param minP only tokens at least this probable relative to the best; 0 for all
 * @param typicalP only the tokens whose information is nearest to the entropy, that together have
 *     more than this probability; 1 for all
 * @param distribution how logits become probabilities
 * @param penalties of tokens that were said before
 * @param bias of single tokens
 * @param seed what randomness is made from
 */
public record SamplingParams(
    float temperature,
    int topK,
    float topP,
    float minP,
    float typicalP,
    Distribution distribution,
    Penalties penalties,
    LogitBias bias,
    long seed) {
  /** The best token, always. */
  public static final SamplingParams GREEDY = new SamplingParams(0, 0, 1, 0, 0);

  /** Above this, sampling is all but uniform. */
  public static final float TEMPERATURE_MAX = 100;

  /** Softmax without typical, penalties and bias. */
  public SamplingParams(float temperature, int topK, float topP, float minP, long seed) {
    this(
        temperature,
        topK,
        topP,
        minP,
        1,
        Distribution.SOFTMAX,
        Penalties.NONE,
        LogitBias.NONE,
        seed);
  }

  /** Checks the ranges. */
  public SamplingParams {
    if (!(temperature >= 0 && temperature <= TEMPERATURE_MAX)) {
      throw new IllegalArgumentException(
          "temperature must be 0 to " + TEMPERATURE_MAX + ", not " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("top_k must be 0 (all) or more, not " + topK);
    }
    requireShare("top_p", topP);
    requireShare("typical_p", typicalP);
    if (!(minP >= 0 && minP <= 1)) {
      throw new IllegalArgumentException("min_p must be 0 to 1, not " + minP);
    }
  }

  private static void requireShare(String name, float share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(name + " must be above 0 and at most 1, not " + share);
    }
  }

  /** Whether the best token is taken, whatever the filters say. */
  public boolean isGreedy() {
    return temperature == 0;
  }
}
