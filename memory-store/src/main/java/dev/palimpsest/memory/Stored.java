package dev.palimpsest.memory;

/**
 * What became of a {@link NewMemory}.
 *
 * @param id of the memory that now holds it
 * @param version of it that says so
 * @param outcome what happened
 */
public record Stored(MemoryId id, int version, Outcome outcome) {
  /** What happened. */
  public enum Outcome {
    /** A memory that was not there. */
    NEW,
    /** There was one of this identity with another content: this is its next version. */
    NEW_VERSION,
    /** There is one of this identity with this content; nothing was written. */
    DUPLICATE,
    /** There is one of this identity with another content, as must not be; nothing was written. */
    CONFLICT
  }
}
