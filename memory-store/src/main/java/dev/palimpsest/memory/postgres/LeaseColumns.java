package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.NodeId;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.SessionLog;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/**
 * Who may append to a session, and until when. A lease is no change of the tenant's: no follower
 * wants to hear of it, so it takes no number and does not wait for the head row.
 */
final class LeaseColumns {
  private final Transactions transactions;
  private final InstantSource clock;

  LeaseColumns(Transactions transactions, InstantSource clock) {
    this.transactions = transactions;
    this.clock = clock;
  }

  /** Idempotency key: (tenant, session, owner); taking it again prolongs it. */
  boolean take(TenantId tenant, SessionId id, NodeId owner, Duration duration) {
    if (!duration.isPositive() || duration.compareTo(SessionLog.LEASE_MAX) > 0) {
      throw new IllegalArgumentException(
          "a lease lasts more than 0 and at most " + SessionLog.LEASE_MAX + ", not " + duration);
    }
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    int rows =
        transactions.inTenant(
            tenant,
            "lease session",
            session ->
                session
                    .createMutationQuery(
                        """
                        update SessionState set leaseOwner = :owner, leaseUntil = :until
                        where tenantId = :tenant and sessionId = :session
                          and (leaseOwner is null or leaseOwner = :owner or leaseUntil <= :now)
                        """)
                    .setParameter("owner", owner.value())
                    .setParameter("until", now.plus(duration).truncatedTo(ChronoUnit.MICROS))
                    .setParameter("tenant", tenant.value())
                    .setParameter("session", id.value())
                    .setParameter("now", now)
                    .executeUpdate());
    return rows == 1;
  }

  /** Idempotency key: (tenant, session, owner); giving it back again does nothing. */
  void release(TenantId tenant, SessionId id, NodeId owner) {
    transactions.inTenant(
        tenant,
        "release session",
        session ->
            session
                .createMutationQuery(
                    """
                    update SessionState set leaseOwner = null, leaseUntil = null
                    where tenantId = :tenant and sessionId = :session and leaseOwner = :owner
                    """)
                .setParameter("tenant", tenant.value())
                .setParameter("session", id.value())
                .setParameter("owner", owner.value())
                .executeUpdate());
  }
}
