package dev.palimpsest.runtime.bridge;

import java.util.List;
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

  /** Why an answer ended. */
  enum End {
    /** The model was done. */
    STOP,
    /** It had no room for more. */
    LENGTH,
    /** {@link Answering#cancel}. */
    CANCELLED,
    /** The model broke. */
    FAILED
  }

  /**
   * Some words, never half a character.
   *
   * @param text may be empty
   * @param end null unless this is the last piece
   */
  record Piece(String text, @Nullable End end) {}

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
