package dev.palimpsest.memory.session;

import dev.palimpsest.memory.MemoryId;

/**
 * A part of an answer that stands word for word in a memory. All positions are UTF-16 units.
 *
 * @param start where it begins in the answer
 * @param end where it ends in the answer, above {@code start}
 * @param memory that is quoted
 * @param version of the memory, from 1
 * @param quoteStart where it begins in the memory's text
 * @param quoteEnd where it ends there, above {@code quoteStart}
 */
public record Quote(
    int start, int end, MemoryId memory, int version, int quoteStart, int quoteEnd) {
  /** Refuses empty and negative spans. */
  public Quote {
    if (start < 0 || end <= start || quoteStart < 0 || quoteEnd <= quoteStart || version < 1) {
      throw new IllegalArgumentException(
          "a quote has spans that are not empty and a version from 1, not "
              + start
              + "-"
              + end
              + ", "
              + quoteStart
              + "-"
              + quoteEnd
              + " of version "
              + version);
    }
  }
}
