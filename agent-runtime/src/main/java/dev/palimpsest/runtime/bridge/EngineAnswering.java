package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.FinishReason;
import dev.palimpsest.engine.Generation;
import dev.palimpsest.engine.TokenDelta;
import dev.palimpsest.engine.TokenScore;
import dev.palimpsest.engine.Usage;
import dev.palimpsest.engine.ground.Grounding;
import dev.palimpsest.engine.model.Calibration;
import dev.palimpsest.engine.token.Vocabulary;
import dev.palimpsest.memory.session.Confidence;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A generation of the local engine. Templates put white space before an answer or leave it to the
 * model; it is no part of what is said, and is taken off here, so that citations count from the
 * first word.
 */
final class EngineAnswering implements Answering {
  private final Generation generation;
  private final @Nullable Grounding grounding;
  private final Vocabulary vocabulary;
  private final @Nullable Calibration calibration;
  private final Runnable whenAnswered;
  private boolean isLeading;
  private int stripped;

  /**
   * @param strips whether white space before the first word is taken off
   * @param grounding the rules that the generation was made under, if any
   * @param vocabulary what its tokens are of
   * @param calibration of the model for answers of this kind, if there is one
   * @param whenAnswered runs once, on the thread that takes the end, if that is one of an answer
   */
  EngineAnswering(
      Generation generation,
      boolean strips,
      @Nullable Grounding grounding,
      Vocabulary vocabulary,
      @Nullable Calibration calibration,
      Runnable whenAnswered) {
    this.generation = generation;
    this.isLeading = strips;
    this.grounding = grounding;
    this.vocabulary = vocabulary;
    this.calibration = calibration;
    this.whenAnswered = whenAnswered;
  }

  @Override
  public Piece take() throws InterruptedException {
    TokenDelta delta = generation.take();
    String text = withoutLead(delta.text());
    List<TokenScore> scores = delta.scores();
    while (text.isEmpty() && delta.finish() == null) {
      delta = generation.take();
      text = withoutLead(delta.text());
      scores = joined(scores, delta.scores());
    }
    if (delta.finish() == FinishReason.STOP || delta.finish() == FinishReason.LENGTH) {
      whenAnswered.run();
    }
    return new Piece(text, Likelihoods.of(scores, vocabulary), end(delta.finish()));
  }

  private static List<TokenScore> joined(List<TokenScore> first, List<TokenScore> second) {
    List<TokenScore> joined = new ArrayList<>(first);
    joined.addAll(second);
    return joined;
  }

  private String withoutLead(String text) {
    if (!isLeading) {
      return text;
    }
    String left = text.stripLeading();
    stripped += text.length() - left.length();
    isLeading = left.isEmpty();
    return left;
  }

  @Override
  public void cancel() {
    generation.cancel();
  }

  @Override
  public Cost cost() {
    Usage usage =
        generation.usage().orElseThrow(() -> new IllegalStateException("the answer has not ended"));
    return new Cost(
        usage.promptTokens(), usage.cachedTokens(), usage.prefilledTokens(), usage.outputTokens());
  }

  @Override
  public Optional<String> problem() {
    return generation.problem();
  }

  @Override
  public Optional<Confidence> confidence() {
    return generation.confidence().map(found -> Likelihoods.of(found, calibration));
  }

  @Override
  public List<Citation> citations() {
    if (grounding == null) {
      return List.of();
    }
    return grounding
        .citations(
            generation
                .output()
                .orElseThrow(() -> new IllegalStateException("the answer has not ended")))
        .stream()
        .map(this::shifted)
        .toList();
  }

  private Citation shifted(dev.palimpsest.engine.ground.Citation found) {
    return new Citation(
        found.start() - stripped,
        found.end() - stripped,
        found.source(),
        found.sourceStart(),
        found.sourceEnd());
  }

  private static @Nullable End end(@Nullable FinishReason reason) {
    if (reason == null) {
      return null;
    }
    return switch (reason) {
      case STOP -> End.STOP;
      case LENGTH -> End.LENGTH;
      case CANCELLED -> End.CANCELLED;
      case FAILED -> End.FAILED;
    };
  }
}
