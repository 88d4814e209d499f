package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.session.Confidence;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An answer in the making. One thread takes; any thread may cancel. What is not taken makes the
 * model wait, nothing is lost.
 */
public interface Answering {
  /** Waits for the next piece; after the one that ends the answer there is none. */
  Piece take() throws InterruptedException;

  /** Asks the model to stop; the next or a later piece ends the answer. Harmless when repeated. */
  void cancel();

  /** What was computed; known after the end. */
  Cost cost();

  /**
   * Where the spans of a grounded answer come from, in the order of the answer; known after the
   * end, empty where the answer is not grounded or is the refusal.
   */
  List<Citation> citations();

  /** How sure the model was; known after the end, empty where it said nothing or does not tell. */
  Optional<Confidence> confidence();

  /**
   * A sentence about why an answer FAILED where it asked for too much while its model is well;
   * known after the end.
   */
  default Optional<String> problem() {
    return Optional.empty();
  }

  /** Why an answer ended. */
  enum End {
    /** The model was done. */
    STOP,
    /** It had no room for more. */
    LENGTH,
    /** {@link Answering#cancel}. */
    CANCELLED,
    /** The model broke, or the answer asked for too much: {@link Answering#problem}. */
    FAILED
  }

  /**
   * Some words, never half a character.
   *
   * @param text may be empty
   * @param tokens those of the text, where that was asked for; what ends the answer is not among
   *     them
   * @param end null unless this is the last piece
   */
  record Piece(String text, List<Likelihood> tokens, @Nullable End end) {
    /** Words alone. */
    public Piece(String text, @Nullable End end) {
      this(text, List.of(), end);
    }

    /** Copies the list. */
    public Piece {
      tokens = List.copyOf(tokens);
    }
  }

  /**
   * Tokens that an answer took.
   *
   * @param inputTokens tokens of the prompt
   * @param cachedTokens of these, not computed again
   * @param prefilledTokens of these, computed
   * @param outputTokens tokens of the answer
   */
  record Cost(int inputTokens, int cachedTokens, int prefilledTokens, int outputTokens) {}
}
