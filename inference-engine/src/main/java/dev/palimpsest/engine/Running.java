package dev.palimpsest.engine;

import dev.palimpsest.engine.draft.Drafter;
import dev.palimpsest.engine.sample.SamplingState;
import dev.palimpsest.engine.sample.TokenChoice;
import dev.palimpsest.engine.schedule.Sequence;
import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.engine.token.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A generation that was started, with its tokens and its text. For the engine thread. */
final class Running {
  private final Generation generation;
  private final Sequence sequence;
  private final String salt;
  private final @Nullable Drafter drafter;
  private final TextStream text;
  private final SamplingState sampling;
  private final Signals signals = new Signals();
  private final List<TokenScore> untoldScores = new ArrayList<>();
  private int untoldTokens;
  private boolean isFinished;

  /**
   * @param salt under which its keys and values are kept
   * @param drafter guesses its tokens, null where nothing is guessed
   */
  Running(Generation generation, Sequence sequence, String salt, @Nullable Drafter drafter) {
    this.generation = generation;
    this.sequence = sequence;
    this.salt = salt;
    this.drafter = drafter;
    this.text = new TextStream(generation.request().stop());
    this.sampling =
        new SamplingState(generation.request().sampling(), generation.request().rules());
  }

  Generation generation() {
    return generation;
  }

  Sequence sequence() {
    return sequence;
  }

  String salt() {
    return salt;
  }

  @Nullable Drafter drafter() {
    return drafter;
  }

  /** How its tokens are chosen. */
  SamplingState sampling() {
    return sampling;
  }

  /**
   * Takes a chosen token; says why the generation ends with it, or null where it goes on.
   *
   * @param top what else could have been chosen, where that is to be told
   */
  @Nullable FinishReason advance(TokenChoice choice, List<TokenChoice> top, Vocabulary vocabulary) {
    int token = choice.id();
    sequence.append(token);
    untoldTokens++;
    boolean isEnd = vocabulary.isEndOfGeneration(token);
    signals.add(choice, isEnd);
    if (isEnd) {
      finish(FinishReason.STOP);
      return FinishReason.STOP;
    }
    byte[] piece = vocabulary.piece(token);
    if (generation.request().tellsTokens()) {
      untoldScores.add(new TokenScore(choice, top, piece.length));
    }
    String certain = text.append(piece);
    FinishReason finish =
        text.isStopped()
            ? FinishReason.STOP
            : sequence.length() == sequence.capacity() ? FinishReason.LENGTH : null;
    if (finish != null) {
      finish(certain, finish);
    } else if (!certain.isEmpty()) {
      generation.emit(new TokenDelta(certain, untoldTokens, untoldScores, null));
      untoldTokens = 0;
      untoldScores.clear();
    }
    return finish;
  }

  /** Ends a generation that cannot go on, while the engine can. */
  void fail(@Nullable String problem) {
    generation.fail(problem);
    finish(FinishReason.FAILED);
  }

  /** Ends the generation with what is held back of its text, if it has not ended. */
  void finish(FinishReason reason) {
    if (!isFinished) {
      finish("", reason);
    }
  }

  private void finish(String certain, FinishReason reason) {
    isFinished = true;
    forgetScores(text.cutBytes());
    TokenDelta last = new TokenDelta(certain + text.flush(), untoldTokens, untoldScores, reason);
    int cached = sequence.cachedLength();
    int prefilled = Math.min(sequence.reached(), sequence.promptLength()) - cached;
    Usage usage = new Usage(sequence.promptLength(), cached, prefilled, sequence.outputLength());
    generation.finish(last, usage, sequence.output(), signals.confidence());
  }

  /** Tokens that lie wholly within what a stop sequence cut off are no part of the answer. */
  private void forgetScores(int bytes) {
    int left = bytes;
    while (!untoldScores.isEmpty() && untoldScores.getLast().bytes() <= left) {
      left -= untoldScores.removeLast().bytes();
    }
  }

  /** Ends a generation that was never started. */
  static void finishUnstarted(Generation generation, FinishReason reason) {
    int prompt = generation.request().prompt().size();
    generation.finish(
        new TokenDelta("", 0, reason), new Usage(prompt, 0, 0, 0), TokenIds.of(), null);
  }
}
