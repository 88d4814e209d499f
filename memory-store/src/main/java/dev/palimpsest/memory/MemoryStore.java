package dev.palimpsest.memory;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The durable truth about memories. Every method blocks, belongs on a virtual thread, is safe for
 * many threads, and throws {@link MemoryStoreException} when the store is away. Every write is one
 * transaction under one change number, which is taken last, so that numbers become visible in
 * order: a follower that has read up to {@code n} misses nothing below it.
 */
public interface MemoryStore {
  /** The most memories of one {@link #add}. */
  int BATCH_MAX = 1000;

  /**
   * Stores a batch in one transaction. Idempotency key of each: its {@link NewMemory#identity()}.
   *
   * @param batch 1 to {@link #BATCH_MAX}
   * @return one outcome for each, in order
   */
  List<Stored> add(TenantId tenant, List<NewMemory> batch);

  /**
   * Stores a memory after which others hold no more, in one transaction and under one change
   * number: each of them gets a next version, which says the same and is valid until the new memory
   * begins to hold ({@link Memory#holdsFrom}), or until now where that is not said. One that did
   * not hold at that moment stays as it is. Idempotency key: the {@link NewMemory#identity()};
   * where that was stored before, nothing is ended.
   *
   * @param ended at most {@link #BATCH_MAX}
   */
  Ending addEnding(TenantId tenant, NewMemory memory, List<MemoryId> ended);

  /** The newest version, or as it was known at {@code asOf}; also of one that was revoked. */
  Optional<Memory> find(TenantId tenant, MemoryId id, @Nullable Instant asOf);

  /**
   * The first version of the memory with this {@link NewMemory#identity()}, whatever it says now:
   * what tells a repeated request from another one under the same key.
   */
  Optional<Memory> findIdentity(TenantId tenant, Scope scope, String identity);

  /** Newest versions of those that exist, in no order; those that were revoked among them. */
  List<Memory> findAll(TenantId tenant, Collection<MemoryId> ids);

  /** All versions, oldest first; empty when there is no such memory. */
  List<Memory> history(TenantId tenant, MemoryId id);

  /**
   * Memories that the filter admits, newest ids first.
   *
   * @param limit 1 to {@link Page#LIMIT_MAX}
   * @param after {@link Page#next()} of the page before, or null
   * @throws IllegalArgumentException when {@code after} is not a memory id
   */
  Page<Memory> list(TenantId tenant, MemoryFilter filter, int limit, @Nullable String after);

  /**
   * Memories that stood around one in its conversation: same scope, source and session, with a
   * position at most {@code distance} away; in order of position, itself included. Without those
   * that were revoked.
   */
  List<Memory> around(TenantId tenant, Memory memory, int distance);

  /**
   * Writes the next version, unless it says what the newest does already, or the memory was
   * revoked. Empty when there is no such memory.
   */
  Optional<Memory> revise(TenantId tenant, MemoryId id, MemoryText content);

  /**
   * Erases a memory with all versions and vectors; empty when there is none. A digest of {@link
   * Consolidation#SOURCE} that was made of it is erased too and counted, since it quotes it.
   */
  Optional<Erased> erase(TenantId tenant, MemoryId id);

  /**
   * Erases the next memories of a source, in one transaction; to be called until {@link
   * Erased#next()} is null. What was derived from them stays and is named, but for digests, as in
   * {@link #erase}.
   *
   * @param user this user's own alone; null: everybody's
   * @param after {@link Erased#next()} of the call before, or null
   * @param memories how many at most, 1 to {@link Page#LIMIT_MAX}
   */
  Erased eraseSource(
      TenantId tenant,
      SourceName source,
      @Nullable String user,
      @Nullable MemoryId after,
      int memories);

  /**
   * All versions of the next memories that a scope admits, in order of id and version, for an
   * archive; empty when there are no more. Each memory is as it was when it was read.
   *
   * @param after the last id of the part before, or null
   * @param memories how many, 1 to {@link Page#LIMIT_MAX}
   */
  List<KeptVersion> kept(TenantId tenant, Scope scope, @Nullable MemoryId after, int memories);

  /**
   * What was written after a change number, in order of number and id. All memories of one number
   * come together, so the answer may be longer than asked for; it ends with the last memory of a
   * number.
   *
   * @param limit about how many, 1 to {@link Page#LIMIT_MAX}
   */
  List<MemoryChange> changes(TenantId tenant, long after, int limit);

  /** The newest change number of the tenant, of whatever kind; 0 when there is none. */
  long lastChange(TenantId tenant);

  /**
   * The newest change number of every tenant that has ever written, in order of name; one look for
   * all of them, since followers look often.
   */
  SortedMap<TenantId, Long> heads();
}
