package dev.palimpsest.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a generation's text, never half a character and never part of a stop sequence.
 *
 * @param text may be empty in the last delta only
 * @param tokens how many tokens were generated since the last delta
 * @param scores what the model thought of each token of the text, where that was asked; the token
 *     that ends a generation and those of a stop sequence are not among them
 * @param finish why the generation ended, in the last delta; else null
 */
public record TokenDelta(
    String text, int tokens, List<TokenScore> scores, @Nullable FinishReason finish) {
  /** A delta of whose tokens nothing is told. */
  public TokenDelta(String text, int tokens, @Nullable FinishReason finish) {
    this(text, tokens, List.of(), finish);
  }

  /** Checks that there is something to say; copies the list. */
  public TokenDelta {
    scores = List.copyOf(scores);
    if (tokens < 0 || (text.isEmpty() && finish == null)) {
      throw new IllegalArgumentException("a delta has text or ends: " + tokens + " tokens");
    }
  }
}
