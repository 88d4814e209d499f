package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.TokenScore;
import dev.palimpsest.engine.model.Calibration;
import dev.palimpsest.engine.sample.TokenChoice;
import dev.palimpsest.engine.token.Vocabulary;
import dev.palimpsest.memory.session.Confidence;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the engine tells of tokens, by their texts instead of their ids. */
final class Likelihoods {
  private Likelihoods() {}

  static List<Likelihood> of(List<TokenScore> scores, Vocabulary vocabulary) {
    return scores.stream()
        .map(score ->
            of(
                score.token(),
                vocabulary,
                score.top().stream().map(other -> of(other, vocabulary, List.of())).toList()))
        .toList();
  }

  private static Likelihood of(TokenChoice token, Vocabulary vocabulary, List<Likelihood> top) {
    byte[] piece = vocabulary.piece(token.id());
    List<Integer> bytes = new ArrayList<>(piece.length);
    for (byte each : piece) {
      bytes.add(Byte.toUnsignedInt(each));
    }
    return new Likelihood(
        new String(piece, StandardCharsets.UTF_8), bytes, token.logProbability(), top);
  }

  /**
   * The same numbers as the log of a session keeps them.
   *
   * @param calibration of the model for answers of this kind, or null
   */
  static Confidence of(dev.palimpsest.engine.Confidence found, @Nullable Calibration calibration) {
    return new Confidence(
        found.tokens(),
        found.logProbabilityMean(),
        found.logProbabilityMin(),
        found.entropyMean(),
        found.entropyMax(),
        spilled(found.spilled()),
        calibration == null ? null : found.probability(calibration));
  }

  private static Confidence.@Nullable Spilled spilled(
      dev.palimpsest.engine.Confidence.@Nullable SpilledEnergy found) {
    return found == null
        ? null
        : new Confidence.Spilled(found.tokens(), found.mean(), found.min(), found.max());
  }
}
