package dev.palimpsest.memory;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Somebody or something that memories of one scope name.
 *
 * @param name as it was written first
 * @param kind the strongest that words say of any of its names
 * @param scope exactly that of the memories
 * @param learnedAt when it was first found, whole microseconds
 * @param mergedInto whom it stands for; null: itself, with all its other names
 * @param aliases its other names; none of an entity that stands for another one
 * @param memories how many name it in their newest version under any of its names; {@link
 *     Entities#MEMORIES_COUNTED_MAX} and no more are counted
 */
public record Entity(
    EntityId id,
    String name,
    EntityKind kind,
    Scope scope,
    Instant learnedAt,
    @Nullable EntityId mergedInto,
    List<Alias> aliases,
    long memories) {
  /** Copies the list. */
  public Entity {
    aliases = List.copyOf(aliases);
  }

  /**
   * Another name.
   *
   * @param id of the entity that had the name to itself, and has it again when the merge is undone
   * @param reason why they are the same
   * @param since when they were merged
   * @param stated whose words say so; null for other reasons
   */
  public record Alias(
      EntityId id, String name, Reason reason, Instant since, @Nullable Statement stated) {}

  /**
   * Words that say that a name is an alias.
   *
   * @param memory the version where they stand
   * @param span in its text, in UTF-16 units
   */
  public record Statement(VersionId memory, MadeOf.Span span) {}

  /** Why two entities are the same. */
  public enum Reason {
    /** The one name is the first word of the other, and of no other in its scope. */
    FIRST_NAME,
    /** The words of a memory say so. */
    STATED,
    /** Somebody gave it the other name. */
    DECLARED,
    /** Somebody merged them. */
    ASKED
  }
}
