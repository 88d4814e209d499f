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

  /**
   * What {@link #embed} makes of a text, and its tokens where the model tells them; cut as there.
   */
  default Reading read(String text) {
    return new Reading(embed(List.of(text)).getFirst(), List.of());
  }

  /** The text in pieces that each fit the model's window, cut at sentence ends where possible. */
  List<String> split(String text);
}
