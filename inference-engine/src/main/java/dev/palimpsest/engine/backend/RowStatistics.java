package dev.palimpsest.engine.backend;

/**
 * Sums over all logits of a row, relative to the largest, so that nothing overflows.
 *
 * @param max the largest logit
 * @param sum Σ e^(x−max), at least 1
 * @param weighted Σ (x−max)·e^(x−max), at most 0
 */
public record RowStatistics(float max, double sum, double weighted) {
  /** ln Σ e^x: a logit less this is a log-probability. */
  public double logSumExp() {
    return max + Math.log(sum);
  }

  /** The entropy of the distribution in nats: 0 where one token is certain. */
  public double entropy() {
    return Math.max(0, Math.log(sum) - weighted / sum);
  }
}
