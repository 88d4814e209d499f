package dev.palimpsest.retrieval;

import dev.palimpsest.memory.MemoryFilter;

/**
 * What is asked of memory.
 *
 * @param text the question, not blank, at most {@link #TEXT_CHARACTERS_MAX} UTF-16 units
 * @param filter which memories are looked at
 * @param k memories wanted, 1 to {@link #K_MAX}
 * @param mode how
 */
public record RecallQuery(String text, MemoryFilter filter, int k, RecallMode mode) {
  /** The longest question, in UTF-16 units. */
  public static final int TEXT_CHARACTERS_MAX = 1 << 16;

  /** The most memories one query returns. */
  public static final int K_MAX = 200;

  /** Checks the question and the count. */
  public RecallQuery {
    if (text.isBlank() || text.length() > TEXT_CHARACTERS_MAX) {
      throw new IllegalArgumentException(
          "a question has 1 to " + TEXT_CHARACTERS_MAX + " characters and is not blank");
    }
    if (k < 1 || k > K_MAX) {
      throw new IllegalArgumentException("k is " + k + "; 1 to " + K_MAX);
    }
  }
}
