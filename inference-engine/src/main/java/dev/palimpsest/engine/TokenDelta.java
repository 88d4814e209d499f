package dev.palimpsest.engine;

import org.jspecify.annotations.Nullable;

/**
 * A piece of a generation's text, never half a character and never part of a stop sequence.
 *
 * @param text may be empty in the last delta only
 * @param tokens how many tokens were generated since the last delta
 * @param finish why the generation ended, in the last delta; else null
 */
public record TokenDelta(String text, int tokens, @Nullable FinishReason finish) {
  /** Checks that there is something to say. */
  public TokenDelta {
    if (tokens < 0 || (text.isEmpty() && finish == null)) {
      throw new IllegalArgumentException("a delta has text or ends: " + tokens + " tokens");
    }
  }
}
