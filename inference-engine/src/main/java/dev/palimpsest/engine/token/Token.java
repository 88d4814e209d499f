package dev.palimpsest.engine.token;

/**
 * One line of a vocabulary.
 *
 * @param text as the vocabulary writes it: SentencePiece and WordPiece with U+2581 for a space,
 *     byte-level BPE with one letter per byte
 * @param type what it stands for
 * @param score SentencePiece: the higher, the earlier it is merged; others: 0
 */
public record Token(String text, TokenType type, float score) {
  /** Checks the score. */
  public Token {
    if (Float.isNaN(score)) {
      throw new IllegalArgumentException("the score of " + text + " is no number");
    }
  }
}
