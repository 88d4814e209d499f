package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.FinishReason;
import dev.palimpsest.engine.Generation;
import dev.palimpsest.engine.TokenDelta;
import dev.palimpsest.engine.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A generation of the local engine. */
final class EngineAnswering implements Answering {
  private final Generation generation;

  EngineAnswering(Generation generation) {
    this.generation = generation;
  }

  @Override
  public Piece take() throws InterruptedException {
    TokenDelta delta = generation.take();
    return new Piece(delta.text(), end(delta.finish()));
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
  public List<Citation> citations() {
    return List.of();
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
