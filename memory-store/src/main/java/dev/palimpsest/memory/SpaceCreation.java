package dev.palimpsest.memory;

/** What became of the wish for a space. */
public sealed interface SpaceCreation {
  /**
   * It was made.
   *
   * @param space the new one
   */
  record Created(KeptSpace space) implements SpaceCreation {}

  /**
   * The tenant has it already.
   *
   * @param space as it stands; it may be a dropped one whose vectors are still being removed
   */
  record Existing(KeptSpace space) implements SpaceCreation {}

  /**
   * The tenant has {@link EmbeddingSpaces#SPACES_MAX}, dropped ones that are still there counted.
   */
  record Full() implements SpaceCreation {}
}
