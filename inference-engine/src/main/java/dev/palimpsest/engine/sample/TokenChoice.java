package dev.palimpsest.engine.sample;

/**
 * A token that was chosen, with what the model thought of it: all numbers are those of the model's
 * own distribution, before penalties, bias, filters, rules and temperature.
 *
 * @param id which token
 * @param logit its logit
 * @param logSumExp ln Σ e^x over all tokens of the step
 * @param entropy of the step's distribution, in nats
 */
public record TokenChoice(int id, float logit, double logSumExp, double entropy) {
  /** ln of the probability that the model gave the token: 0 or less, in nats. */
  public double logProbability() {
    return Math.min(0, logit - logSumExp);
  }
}
