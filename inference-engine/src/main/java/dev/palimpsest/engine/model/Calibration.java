package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Metadata;
import java.util.Optional;

/**
 * How often a grounded answer of these weights is right, by how sure they were of it: a logistic
 * regression (Platt, 1999) over four signals, fitted by who made the file. All weights are per nat.
 *
 * @param bias of all answers
 * @param logProbabilityMean of the answer's tokens
 * @param logProbabilityMin of the least likely one
 * @param entropyMean of the distributions that they were chosen from
 * @param entropyMax of the least certain one
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
