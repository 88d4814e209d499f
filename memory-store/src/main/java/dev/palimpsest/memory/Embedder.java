package dev.palimpsest.memory;

import java.util.List;

/**
 * Turns texts into vectors. Asked of others: the memory column knows no model. Safe for many
 * threads; computes on the caller's thread or makes it wait.
 */
public interface Embedder {
  /** The space of all vectors it makes. */
  EmbeddingSpace space();

  /**
   * One vector for each text, in order. A text beyond the model's window is cut there: whoever
   * wants all of it splits it with {@link #split} first.
   */
  List<Embedding> embed(List<String> texts);

  /** The text in pieces that each fit the model's window, cut at sentence ends where possible. */
  List<String> split(String text);
}
