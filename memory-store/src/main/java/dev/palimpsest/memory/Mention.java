package dev.palimpsest.memory;

/**
 * That a name stands in a version of a memory.
 *
 * @param name what stands there
 * @param field where
 * @param span of the name in that field, in UTF-16 units
 * @param kind what the words around it say that it is
 * @param isSure false where it begins a sentence, as words do that are no names
 */
public record Mention(
    EntityName name, Field field, MadeOf.Span span, EntityKind kind, boolean isSure) {
  /** Where in a version a name stands. */
  public enum Field {
    /** It says who speaks. */
    SPEAKER,
    /** In what is said. */
    TEXT
  }

  /** Refuses a span of another length than the name. */
  public Mention {
    if (span.end() - span.start() != name.text().length()) {
      throw new IllegalArgumentException("the name does not fit its span");
    }
  }
}
