package dev.palimpsest.retrieval;

import java.util.List;

/**
 * Where a score comes from: the parts add up to it.
 *
 * @param parts signals that spoke for the hit, strongest first
 */
public record Explanation(List<Part> parts) {
  /** Copies the list. */
  public Explanation {
    parts = List.copyOf(parts);
  }

  /** The sum of the parts. */
  public double total() {
    return parts.stream().mapToDouble(Part::share).sum();
  }

  /**
   * One signal.
   *
   * @param signal its name, for example {@code words}, {@code meaning}, {@code neighbour}
   * @param share what it adds to the score
   * @param detail in words: rank, matched words, neighbour of which hit
   */
  public record Part(String signal, double share, String detail) {}
}
