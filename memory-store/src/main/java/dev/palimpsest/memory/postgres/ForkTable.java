package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.Forking;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.SessionId;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.hibernate.LockMode;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/**
 * Sessions that begin with the past of another: its rows are copied, so that each log stands for
 * itself. The other session's row is locked meanwhile, so that nothing is appended to it.
 */
final class ForkTable {
  private final Transactions transactions;
  private final InstantSource clock;
  private final IdSource ids;

  ForkTable(Transactions transactions, InstantSource clock, IdSource ids) {
    this.transactions = transactions;
    this.clock = clock;
    this.ids = ids;
  }

  /** Idempotency key: (tenant, scope, the request's key), as of any session that is made. */
  Forking fork(TenantId tenant, SessionId parent, @Nullable Long at, @Nullable String key) {
    try {
      return forkOnce(tenant, parent, at, key);
    } catch (MemoryStoreException e) {
      if (key == null || !SessionTable.UNIQUE_VIOLATION.equals(e.sqlState())) {
        throw e;
      }
      return forkOnce(tenant, parent, at, key);
    }
  }

  private Forking forkOnce(
      TenantId tenant, SessionId parent, @Nullable Long at, @Nullable String key) {
    byte[] hash = RequestHash.ofFork(parent, at);
    return transactions.inTenant(
        tenant,
        "fork session",
        session -> {
          SessionRow row =
              session.get(
                  SessionRow.class,
                  new SessionRow.Key(tenant.value(), parent.value()),
                  LockMode.PESSIMISTIC_WRITE);
          if (row == null) {
            return new Forking.Gone();
          }
          NewSession request = row.session().again(key);
          SessionRow known = SessionTable.known(session, tenant, request);
          if (known != null) {
            return MessageDigest.isEqual(known.requestHash, hash)
                ? new Forking.Existing(known.session())
                : new Forking.Conflict();
          }
          long end = lastEnd(session, row, at == null ? row.lastEvent : at);
          return at != null && at != end
              ? new Forking.NoEnd(end)
              : forked(session, tenant, row, request, hash, end);
        });
  }

  /**
   * The last event up to one with which a turn ends, or the last of those behind it that tell of
   * the window; 0 where no turn ends.
   */
  private static long lastEnd(StatelessSession session, SessionRow parent, long upTo) {
    long end = lastTurnEnd(session, parent, upTo);
    Long next =
        session
            .createSelectionQuery(
                """
                select min(number) from EventRow
                where tenantId = :tenant and sessionId = :session and number > :end
                  and type not in ('compacted', 'expanded')
                """,
                Long.class)
            .setParameter("tenant", parent.tenantId)
            .setParameter("session", parent.sessionId)
            .setParameter("end", end)
            .getSingleResultOrNull();
    long last = next == null ? parent.lastEvent : next - 1;
    return end == 0 ? 0 : Math.min(Math.max(end, upTo), last);
  }

  private static long lastTurnEnd(StatelessSession session, SessionRow parent, long upTo) {
    Long end =
        session
            .createSelectionQuery(
                """
                select max(number) from EventRow
                where tenantId = :tenant and sessionId = :session and number <= :upTo
                  and type in ('answered', 'turn_failed')
                """,
                Long.class)
            .setParameter("tenant", parent.tenantId)
            .setParameter("session", parent.sessionId)
            .setParameter("upTo", upTo)
            .getSingleResultOrNull();
    return Objects.requireNonNullElse(end, 0L);
  }

  private Forking forked(
      StatelessSession session,
      TenantId tenant,
      SessionRow parent,
      NewSession request,
      byte[] hash,
      long end) {
    SessionId id = new SessionId(ids.next(SessionId.PREFIX));
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    SessionRow row = new SessionRow(tenant, id, request, hash, now);
    row.setAgent(parent.session().agent());
    row.lastEvent = end;
    session.insert(row);
    long change =
        ChangeTable.record(session, tenant, row.scope, "session_created", id.value(), now);
    int copied =
        session
            .createNativeMutationQuery(
                """
                INSERT INTO session_event (
                  tenant_id, session_id, number, scope_user, scope_agent, scope_project, turn_id,
                  type, version, body, client_turn_id, recorded_at, change_number)
                SELECT tenant_id, :child, number, scope_user, scope_agent, scope_project, turn_id,
                  type, version, body, client_turn_id, recorded_at, :change
                FROM session_event
                WHERE tenant_id = :tenant AND session_id = :parent AND number <= :end
                """)
            .setParameter("child", id.value())
            .setParameter("change", change)
            .setParameter("tenant", tenant.value())
            .setParameter("parent", parent.sessionId)
            .setParameter("end", end)
            .executeUpdate();
    if (copied != end) {
      throw new MemoryStoreException(
          "fork session", copied + " of " + end + " events were there", null);
    }
    return new Forking.Forked(row.session());
  }
}
