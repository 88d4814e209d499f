package dev.palimpsest.engine.sample;

/**
 * How far one generation has come in its {@link TokenRules}. Owned by the engine thread. What is
 * allowed depends on the tokens accepted so far and on nothing else, or a generation would not be
 * the same alone and in a batch.
 */
public interface TokenConstraint {
  /** Adds every token that may come next to an empty set: at least one, until the end was said. */
  void allow(TokenSet next);

  /**
   * Moves on by one token.
   *
   * @throws IllegalArgumentException for a token that was not allowed
   */
  void accept(int token);
}
