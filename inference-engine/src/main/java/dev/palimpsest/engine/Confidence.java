package dev.palimpsest.engine;

import dev.palimpsest.engine.model.Calibration;
import org.jspecify.annotations.Nullable;

/**
 * How sure a model was of what it said, in nats, over the tokens of the answer without the one that
 * ends it. Raw signals: what they say about being right depends on model and quantisation and has
 * to be calibrated before anybody acts on it.
 *
 * @param tokens how many, at least 1
 * @param logProbabilityMean mean ln p of the chosen tokens, at most 0
 * @param logProbabilityMin of the least likely of them
 * @param entropyMean mean entropy of the distributions they were chosen from
 * @param entropyMax the largest of these
 * @param spilled null for an answer that was cut off after its first token
 */
public record Confidence(
    int tokens,
    double logProbabilityMean,
    double logProbabilityMin,
    double entropyMean,
    double entropyMax,
    @Nullable SpilledEnergy spilled) {
  /**
   * How often an answer like this one is right, between 0 and 1: σ(b + w₁ e^ln p̄ + w₂ e^ln p_min +
   * w₃ e^−H̄ + w₄ e^−H_max), from probabilities and inverse perplexities.
   */
  public double probability(Calibration calibration) {
    double evidence =
        calibration.bias()
            + calibration.logProbabilityMean() * Math.exp(logProbabilityMean)
            + calibration.logProbabilityMin() * Math.exp(logProbabilityMin)
            + calibration.entropyMean() * Math.exp(-entropyMean)
            + calibration.entropyMax() * Math.exp(-entropyMax);
    return 1 / (1 + Math.exp(-evidence));
  }

  /**
   * Spilled energy: by how much the log-sum-exp of the step after a token exceeds the token's own
   * logit, ΔE_t = LSE(z_{t+1}) − z_t[x_t], where z_t are the logits that token t was chosen from.
   * Signed. A token after which nothing was computed has none.
   *
   * @param tokens how many have one, at least 1
   */
  public record SpilledEnergy(int tokens, double mean, double min, double max) {}
}
