package dev.palimpsest.engine;

import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenRules;
import dev.palimpsest.engine.schedule.Sequence;
import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.engine.token.Vocabulary;
import org.jspecify.annotations.Nullable;

/** A generation that was started, with its tokens and its text. For the engine thread. */
final class Running {
  private final Generation generation;
  private final Sequence sequence;
  private final TextStream text;
  private final @Nullable TokenConstraint constraint;
  private int untoldTokens;
  private boolean isFinished;

  Running(Generation generation, Sequence sequence) {
    this.generation = generation;
    this.sequence = sequence;
    this.text = new TextStream(generation.request().stop());
    TokenRules rules = generation.request().rules();
    this.constraint = rules == null ? null : rules.begin();
  }

  Generation generation() {
    return generation;
  }

  Sequence sequence() {
    return sequence;
  }

  /** What its tokens are chosen from, null where all are free. */
  @Nullable TokenConstraint constraint() {
    return constraint;
  }

  /** Takes a chosen token; says why the generation ends with it, or null where it goes on. */
  @Nullable FinishReason advance(int token, Vocabulary vocabulary) {
    sequence.append(token);
    untoldTokens++;
    if (vocabulary.isEndOfGeneration(token)) {
      finish(FinishReason.STOP);
      return FinishReason.STOP;
    }
    String certain = text.append(vocabulary.piece(token));
    FinishReason finish =
        text.isStopped()
            ? FinishReason.STOP
            : sequence.length() == sequence.capacity() ? FinishReason.LENGTH : null;
    if (finish != null) {
      finish(certain, finish);
    } else if (!certain.isEmpty()) {
      generation.emit(new TokenDelta(certain, untoldTokens, null));
      untoldTokens = 0;
    }
    return finish;
  }

  /** Ends the generation with what is held back of its text, if it has not ended. */
  void finish(FinishReason reason) {
    if (!isFinished) {
      finish("", reason);
    }
  }

  private void finish(String certain, FinishReason reason) {
    isFinished = true;
    TokenDelta last = new TokenDelta(certain + text.flush(), untoldTokens, reason);
    int cached = sequence.cachedLength();
    int prefilled = Math.min(sequence.computed(), sequence.promptLength()) - cached;
    Usage usage = new Usage(sequence.promptLength(), cached, prefilled, sequence.outputLength());
    generation.finish(last, usage, sequence.output());
  }

  /** Ends a generation that was never started. */
  static void finishUnstarted(Generation generation, FinishReason reason) {
    int prompt = generation.request().prompt().size();
    generation.finish(new TokenDelta("", 0, reason), new Usage(prompt, 0, 0, 0), TokenIds.of());
  }
}
