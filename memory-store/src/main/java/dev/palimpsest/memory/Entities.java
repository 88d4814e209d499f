package dev.palimpsest.memory;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whom and what memories name: found by {@link Consolidation#name}, merged by its rules or by
 * whoever asks for it, and shown here. An entity without a link to a memory is gone, but for an
 * alias that somebody declared, which goes with whom it is of. Blocking, threads and exceptions as
 * in {@link MemoryStore}.
 */
public interface Entities {
  /** So many of an entity's memories are counted at most. */
  int MEMORIES_COUNTED_MAX = 10_000;

  /** So many other names are shown of an entity; somebody may give it no more than these. */
  int ALIASES_MAX = 100;

  /**
   * Entities that stand for themselves, newest ids first; without names that may be none.
   *
   * @param limit 1 to {@link Page#LIMIT_MAX}
   * @param after {@link Page#next()} of the page before, or null
   */
  Page<Entity> list(TenantId tenant, Filter filter, int limit, @Nullable EntityId after);

  /**
   * Which entities are looked at; null admits all.
   *
   * @param scope shows rows that {@linkplain Scope#admits it admits}
   * @param kind exactly this one
   * @param name the name or an alias of it, whatever its spelling
   */
  record Filter(Scope scope, @Nullable EntityKind kind, @Nullable EntityName name) {}

  /** An entity, be it merged into another one. */
  Optional<Entity> find(TenantId tenant, EntityId id);

  /**
   * Where its names stand in the newest versions of memories that may be recalled, newest ids
   * first; none for an entity that is not there. All of one memory come together.
   *
   * @param limit of so many memories, 1 to {@link Page#LIMIT_MAX}
   * @param after the memory of the last one of the page before, or null
   */
  Page<Link> links(TenantId tenant, EntityId id, int limit, @Nullable MemoryId after);

  /**
   * Where a name stands.
   *
   * @param entity whose name it is by itself
   * @param quote the words of that span
   */
  record Link(
      VersionId memory, EntityId entity, Mention.Field field, MadeOf.Span span, String quote) {}

  /**
   * Memories that name an entity under any of its names and that a filter admits, newest ids first.
   *
   * @param after {@link Page#next()} of the page before, or null
   */
  Page<Memory> memories(
      TenantId tenant, EntityId id, MemoryFilter filter, int limit, @Nullable String after);

  /** What came of a wish to merge. */
  enum Merging {
    /** They are the same now, or were already. */
    DONE,
    /** One of them is not there. */
    ABSENT,
    /** They are of two scopes. */
    OTHER_SCOPE,
    /** It has as many names as it may have. */
    TOO_MANY
  }

  /**
   * Gives an entity another name. Idempotency key: the name's key; an entity of that name in its
   * scope is merged into it.
   */
  Merging alias(TenantId tenant, EntityId id, EntityName alias);

  /** Makes one entity stand for another one, with all its names. Idempotency key: both. */
  Merging merge(TenantId tenant, EntityId into, EntityId other);

  /**
   * Undoes the merge of an entity into the one that it stands for, whoever made it; no rule makes
   * it again.
   *
   * @param of whom it stands for
   * @return false when it does not
   */
  boolean undo(TenantId tenant, EntityId of, EntityId other);
}
