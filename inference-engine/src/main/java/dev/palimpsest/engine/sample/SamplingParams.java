package dev.palimpsest.engine.sample;

/**
 * How the next token is chosen.
 *
 * @param temperature logits are divided by it; 0 takes the best token and ignores the rest
 * @param topK only the {@code k} best tokens; 0 for all
 * @param topP only the best tokens that together have this probability; 1 for all
 * @param minP only tokens at least this probable relative to the best; 0 for all
 * @param seed what randomness is made from
 */
public record SamplingParams(float temperature, int topK, float topP, float minP, long seed) {
  /** The best token, always. */
  public static final SamplingParams GREEDY = new SamplingParams(0, 0, 1, 0, 0);

  /** Above this, sampling is all but uniform. */
  public static final float TEMPERATURE_MAX = 100;

  /** Checks the ranges. */
  public SamplingParams {
    if (!(temperature >= 0 && temperature <= TEMPERATURE_MAX)) {
      throw new IllegalArgumentException(
          "temperature must be 0 to " + TEMPERATURE_MAX + ", not " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("top_k must be 0 (all) or more, not " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("top_p must be above 0 and at most 1, not " + topP);
    }
    if (!(minP >= 0 && minP <= 1)) {
      throw new IllegalArgumentException("min_p must be 0 to 1, not " + minP);
    }
  }

  /** Whether the best token is taken, whatever the other values say. */
  public boolean isGreedy() {
    return temperature == 0;
  }
}
