package dev.palimpsest.engine;

import dev.palimpsest.engine.sample.TokenChoice;
import java.util.List;

/**
 * A token of an answer with what the model thought of it.
 *
 * @param token as it was chosen
 * @param top the tokens that the model thought most likely at its place, best first, the chosen one
 *     among them or not; only as many as were asked for
 * @param bytes length of the token's text in UTF-8
 */
public record TokenScore(TokenChoice token, List<TokenChoice> top, int bytes) {
  /** Copies the list. */
  public TokenScore {
    top = List.copyOf(top);
  }
}
