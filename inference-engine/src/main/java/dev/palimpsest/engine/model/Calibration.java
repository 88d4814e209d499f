package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Metadata;
import java.util.Optional;

/**
 * How often a grounded answer of these weights is right, by how sure they were of it: a logistic
 * regression (Platt, 1999) over the exponentials of four signals, fitted by who made the file.
 *
 * @param bias of all answers
 * @param logProbabilityMean weight of the geometric mean of the tokens' probabilities
 * @param logProbabilityMin weight of the probability of the least likely token
 * @param entropyMean weight of the inverse perplexity of the distributions they were chosen from
 * @param entropyMax weight of that of the least certain one
 */
public record Calibration(
    float bias,
    float logProbabilityMean,
    float logProbabilityMin,
    float entropyMean,
    float entropyMax) {
  private static final String KEY = "palimpsest.confidence";
  private static final int LENGTH = 5;

  /**
   * What the file says.
   *
   * @throws dev.palimpsest.engine.format.ModelFormatException if it is not five finite numbers
   */
  static Optional<Calibration> of(Metadata metadata) {
    if (!metadata.has(KEY)) {
      return Optional.empty();
    }
    float[] weights = metadata.reals(KEY);
    if (weights.length != LENGTH) {
      throw metadata.refuse(KEY, "has " + weights.length + " numbers, " + LENGTH + " expected");
    }
    for (float weight : weights) {
      if (!Float.isFinite(weight)) {
        throw metadata.refuse(KEY, "has a number that is not finite");
      }
    }
    return Optional.of(new Calibration(weights[0], weights[1], weights[2], weights[3], weights[4]));
  }
}
