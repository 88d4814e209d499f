package dev.palimpsest.memory;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where memories come from, what was taken back, and that nothing was changed behind our back.
 * Blocking, threads and exceptions as in {@link MemoryStore}.
 */
public interface MemoryAudit {
  /** The most versions of one {@link #ancestry}. */
  int ANCESTRY_MAX = 1000;

  /**
   * One step back from each of these versions; those that are not there are left out.
   *
   * @param versions at most {@link #ANCESTRY_MAX}
   */
  List<Ancestry> ancestry(TenantId tenant, Collection<VersionId> versions);

  /**
   * Begins to revoke a source, or takes up again what was begun. Idempotency key: the source's name
   * and the user. One that had finished looks again for what came since. Nothing is revoked yet.
   */
  Revocation revoke(TenantId tenant, Revocation.Request request);

  /**
   * Revokes the next memories, in one transaction: first the source's own, then, step by step, what
   * was derived from those that are revoked. After a crash the same call goes on.
   *
   * @param memories how many at most, 1 to {@link Page#LIMIT_MAX}
   * @throws IllegalStateException when there is no such revocation
   */
  Revocation advance(TenantId tenant, RevocationId id, int memories);

  /** A revocation as it stands. */
  Optional<Revocation> revocation(TenantId tenant, RevocationId id);

  /** Revocations that are not finished. */
  List<Revocation> openRevocations(TenantId tenant);

  /**
   * The memories that a revocation has reached, in the order in which it did.
   *
   * @param limit 1 to {@link Page#LIMIT_MAX}
   * @param after {@link Page#next()} of the page before, or null
   * @throws IllegalArgumentException when {@code after} is none
   */
  Page<MemoryId> revoked(TenantId tenant, RevocationId id, int limit, @Nullable String after);

  /**
   * The {@linkplain Origin#recordId() record ids} of what was said in a session of ours and is
   * revoked.
   *
   * @param session its id
   */
  Set<String> revokedRecords(TenantId tenant, String session);

  /** Where the chain of the tenant's writes stands. */
  ChainHead head(TenantId tenant);

  /**
   * Links with a number above {@code after}, in order.
   *
   * @param limit 1 to {@link Page#LIMIT_MAX}
   */
  List<ChainLink> links(TenantId tenant, long after, int limit);

  /**
   * Computes the chain again from the rows, part by part, each in a transaction of its own. Reads
   * all memories of the tenant.
   *
   * @param known a head that was told earlier and must still be in the chain; null: none
   */
  ChainReport verify(TenantId tenant, @Nullable ChainHead known);
}
