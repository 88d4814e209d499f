package dev.palimpsest.memory.importing;

/**
 * Where something stands in a file.
 *
 * @param start its first byte, from 0
 * @param end the byte after its last
 */
record Span(long start, long end) {
  Span {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("from " + start + " to " + end);
    }
  }

  /** The place where it begins: what is there is done before the whole is. */
  Span opening() {
    return new Span(start, start);
  }
}
