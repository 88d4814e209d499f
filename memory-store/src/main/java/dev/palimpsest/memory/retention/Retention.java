package dev.palimpsest.memory.retention;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Policies, what is due by them, and how far each archive is. Every method blocks, belongs on a
 * virtual thread or a worker's, is safe for many threads and processes, and throws {@link
 * MemoryStoreException} when the store is away. Each is one transaction.
 *
 * <p>A memory is due when its newest version was learned, and written here, more days ago than its
 * policy says. Pinned memories never are. Digests of consolidation are not either: they are erased
 * with what they quote, as always.
 */
public interface Retention {
  /** Of a tenant, at most. */
  int POLICIES_MAX = 100;

  /** The tenant's policies, in order of scope. */
  List<RetentionPolicy> policies(TenantId tenant);

  /** Sets the policy of its scope; false where the tenant has {@link #POLICIES_MAX} others. */
  boolean put(TenantId tenant, RetentionPolicy policy);

  /** Removes the policy of exactly this scope; false where there is none. */
  boolean delete(TenantId tenant, Scope scope);

  /** How much is due by a policy now. Reads all memories of the tenant. */
  Due due(TenantId tenant, RetentionPolicy policy);

  /**
   * The archive that is being made: the one that was begun and not finished, else a new one for the
   * first policy by which something is due; empty where nothing is.
   */
  Optional<RetentionArchive> begin(TenantId tenant);

  /**
   * All versions of the next memories that are due by an archive's policy as it is now, in order of
   * id and version; empty when there are no more, or no such policy.
   *
   * @param after the last id of the part before, or null
   * @param memories how many, 1 to {@link Page#LIMIT_MAX}
   */
  List<KeptVersion> next(
      TenantId tenant, RetentionArchive archive, @Nullable MemoryId after, int memories);

  /**
   * Says that an archive's file is whole on disk; from here on what it holds may be erased. Nothing
   * where some of it was erased already.
   */
  void written(TenantId tenant, ArchiveId id, RetentionArchive.Written written);

  /**
   * Erases memories of an archive, as {@link dev.palimpsest.memory.MemoryStore#erase} does, and
   * notes that it has come so far. One that is not word for word and version for version as the
   * archive has it, or not due any more, stays. Idempotent; nothing for an archive that was
   * finished or has another file by now.
   *
   * @param written the file that the part was read from
   * @param part all versions of the next memories of the file, in its order
   */
  void erase(
      TenantId tenant, ArchiveId id, RetentionArchive.Written written, List<KeptVersion> part);

  /** Ends an archive; nothing where it was ended before. */
  void finish(TenantId tenant, ArchiveId id, RetentionArchive.Finished finished);

  /** Forgets an archive whose file is gone. Idempotent. */
  void forget(TenantId tenant, ArchiveId id);

  /** An archive; {@code derived} names what is still there. */
  Optional<RetentionArchive> archive(TenantId tenant, ArchiveId id);

  /**
   * The tenant's archives, the newest first.
   *
   * @param limit 1 to {@link Page#LIMIT_MAX}
   * @param after {@link Page#next()} of the page before, or null
   */
  Page<RetentionArchive> archives(TenantId tenant, int limit, @Nullable String after);

  /** An archive whose time is over, the longest first; empty when there is none. */
  Optional<ArchiveId> expired(TenantId tenant);

  /**
   * What is due.
   *
   * @param memories how many
   * @param versions how many these have
   */
  record Due(long memories, long versions) {}
}
