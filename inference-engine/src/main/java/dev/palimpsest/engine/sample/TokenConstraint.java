package dev.palimpsest.engine.sample;

import org.jspecify.annotations.Nullable;

/**
 * How far one generation has come in its {@link TokenRules}. Owned by the engine thread. What is
 * allowed depends on the tokens accepted so far and on nothing else, or a generation would not be
 * the same alone and in a batch.
 */
public interface TokenConstraint {
  /**
   * Adds every token that may come next to an empty set: at least one, until the end was said.
   *
   * @throws TokenRulesException if they would cost too much to find
   */
  void allow(TokenSet next);

  /**
   * Work that makes the next {@link #allow} cheap, or null where it is cheap. It may be done on any
   * thread, at any time, later or not at all, and changes nothing of what is allowed.
   */
  default @Nullable Runnable ahead() {
    return null;
  }

  /**
   * Moves on by one token.
   *
   * @throws IllegalArgumentException for a token that was not allowed
   */
  void accept(int token);
}
