package dev.palimpsest.memory.session;

import org.jspecify.annotations.Nullable;

/**
 * What a model's numbers say of how sure it was of an answer, in nats, over the answer's tokens.
 *
 * @param tokens how many, at least 1
 * @param logprobMean mean logarithm of the probability of the tokens, at most 0
 * @param logprobMin of the least likely one
 * @param entropyMean mean entropy of the distributions they were chosen from, at least 0
 * @param entropyMax the largest
 * @param spilled null where no token has one
 * @param probability how often an answer like this one is right, between 0 and 1; null where the
 *     model is not calibrated for answers of this kind
 */
public record Confidence(
    int tokens,
    double logprobMean,
    double logprobMin,
    double entropyMean,
    double entropyMax,
    @Nullable Spilled spilled,
    @Nullable Double probability) {
  /**
   * Spilled energy: by how much the log-sum-exp of the step after a token exceeds its logit.
   *
   * @param tokens that have one, at least 1
   */
  public record Spilled(int tokens, double mean, double min, double max) {
    /** Refuses numbers that are none. */
    public Spilled {
      if (tokens < 1 || !Double.isFinite(mean) || !Double.isFinite(min) || !Double.isFinite(max)) {
        throw new IllegalArgumentException("spilled energy is finite, of at least 1 token");
      }
    }
  }

  /** Refuses numbers out of range. */
  public Confidence {
    boolean isMeasured =
        tokens >= 1
            && Double.isFinite(logprobMean)
            && Double.isFinite(logprobMin)
            && logprobMean <= 0
            && logprobMin <= 0
            && entropyMean >= 0
            && entropyMax >= 0
            && Double.isFinite(entropyMean)
            && Double.isFinite(entropyMax)
            && (probability == null || (probability >= 0 && probability <= 1));
    if (!isMeasured) {
      throw new IllegalArgumentException(
          "confidence is of at least 1 token, log-probabilities at most 0, entropies at least 0,"
              + " a probability between 0 and 1");
    }
  }
}
