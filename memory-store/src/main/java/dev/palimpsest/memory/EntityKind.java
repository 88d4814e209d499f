package dev.palimpsest.memory;

/** What an entity is, as far as words say it; a later one is said by stronger evidence. */
public enum EntityKind {
  /** No words say it. */
  UNKNOWN,
  /** An animal, a company, a band. */
  THING,
  /** Where somebody lives, comes from or goes to. */
  PLACE,
  /** Somebody who speaks, or of whom it is said what they are to somebody. */
  PERSON;

  /** The stronger one of both. */
  public static EntityKind stronger(EntityKind one, EntityKind other) {
    return one.compareTo(other) >= 0 ? one : other;
  }
}
