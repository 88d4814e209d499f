package dev.palimpsest.engine;

import dev.palimpsest.engine.sample.TokenChoice;
import org.jspecify.annotations.Nullable;

/** Adds up the {@link Confidence} of a generation, token by token. For the engine thread. */
final class Signals {
  private int tokens;
  private double logProbabilities;
  private double logProbabilityMin;
  private double entropies;
  private double entropyMax;
  private double lastLogit;
  private int spilledTokens;
  private double spilled;
  private double spilledMin = Double.POSITIVE_INFINITY;
  private double spilledMax = Double.NEGATIVE_INFINITY;

  /**
   * Takes note of a token.
   *
   * @param isEnd whether it ends the generation: then it is no part of the answer, but the
   *     log-sum-exp of its step belongs to the token before
   */
  void add(TokenChoice choice, boolean isEnd) {
    if (tokens > 0) {
      double energy = choice.logSumExp() - lastLogit;
      spilledTokens++;
      spilled += energy;
      spilledMin = Math.min(spilledMin, energy);
      spilledMax = Math.max(spilledMax, energy);
    }
    if (!isEnd) {
      tokens++;
      logProbabilities += choice.logProbability();
      logProbabilityMin = Math.min(logProbabilityMin, choice.logProbability());
      entropies += choice.entropy();
      entropyMax = Math.max(entropyMax, choice.entropy());
      lastLogit = choice.logit();
    }
  }

  /** What came together; null where there is no token. */
  @Nullable Confidence confidence() {
    if (tokens == 0) {
      return null;
    }
    Confidence.SpilledEnergy energy =
        spilledTokens == 0
            ? null
            : new Confidence.SpilledEnergy(
                spilledTokens, spilled / spilledTokens, spilledMin, spilledMax);
    return new Confidence(
        tokens,
        logProbabilities / tokens,
        logProbabilityMin,
        entropies / tokens,
        entropyMax,
        energy);
  }
}
