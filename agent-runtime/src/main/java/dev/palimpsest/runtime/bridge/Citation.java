package dev.palimpsest.runtime.bridge;

/**
 * Where a span of an answer comes from. All offsets are in UTF-16 units; the texts of both spans
 * are the same, but for half a character at the end of an answer that was cut off.
 *
 * @param start where the span begins in the answer
 * @param end where it ends, exclusive
 * @param line index of the memory in {@link Grounds#lines}
 * @param lineStart where the span begins in that line
 * @param lineEnd where it ends there, exclusive
 */
public record Citation(int start, int end, int line, int lineStart, int lineEnd) {
  /** Checks the order. */
  public Citation {
    if (start < 0 || end < start || line < 0 || lineStart < 0 || lineEnd < lineStart) {
      throw new IllegalArgumentException(
          "a citation leads from a span to a span, not from "
              + start
              + " to "
              + end
              + " to line "
              + line
              + " from "
              + lineStart
              + " to "
              + lineEnd);
    }
  }
}
