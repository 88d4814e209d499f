package dev.palimpsest.memory;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The embedding spaces of all tenants. A tenant that never made one has none here, and the standard
 * space serves; from the first on all of its spaces are here, and exactly one is active. Every
 * method blocks, is safe for many threads, and throws {@link MemoryStoreException} when the store
 * is away. Making, switching and dropping are one transaction each and leave one {@link Change}.
 */
public interface EmbeddingSpaces {
  /** Of a tenant, at most, the standard one counted. */
  int SPACES_MAX = 4;

  /** The tenant's spaces, the oldest first. */
  List<KeptSpace> list(TenantId tenant);

  /** The one that is searched; empty where the tenant never made any. */
  Optional<String> active(TenantId tenant);

  /**
   * Makes a space, which then waits to be filled. The tenant's first is not searched yet: the
   * standard one becomes a space like others, and active. Idempotency key: the space's id.
   */
  SpaceCreation create(TenantId tenant, NewSpace wanted, NewSpace standard);

  /** Searches this one from now on, if it was filled once. Idempotent. */
  SpaceChange activate(TenantId tenant, String id);

  /** Says that every memory has its vectors in a space. Idempotent; nothing for other spaces. */
  void ready(TenantId tenant, EmbeddingSpace space);

  /**
   * Begins to drop a space that is not active: nothing writes its vectors any more, and {@link
   * #remove} removes them. Idempotent.
   */
  SpaceChange drop(TenantId tenant, String id);

  /**
   * Removes a share of a dropped space's vectors in one transaction, and with the last of them the
   * space. Nothing for a space that is not dropped.
   *
   * @param after where the share before ended; null for the first, and after a crash
   * @param memories at most, 1 to {@link Page#LIMIT_MAX}
   * @return where the share ended; empty when nothing is left
   */
  Optional<MemoryId> remove(TenantId tenant, String id, @Nullable MemoryId after, int memories);

  /** How many of the tenant's memories have their vectors in a space. Reads all of them. */
  Progress progress(TenantId tenant, EmbeddingSpace space);

  /**
   * How far a space is filled, in memories as they are now.
   *
   * @param done at most {@code total}
   */
  record Progress(long done, long total) {}
}
