package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Erased;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.Creation;
import dev.palimpsest.memory.session.EraseReceipt;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.SessionPatch;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.hibernate.LockMode;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/** Sessions and their settings. */
final class SessionTable {
  static final String UNIQUE_VIOLATION = "23505";

  /** Sorts behind every id, so that the first page is asked for like any other. */
  static final String AFTER_ALL_IDS = "~";

  private final Transactions transactions;
  private final InstantSource clock;
  private final IdSource ids;

  SessionTable(Transactions transactions, InstantSource clock, IdSource ids) {
    this.transactions = transactions;
    this.clock = clock;
    this.ids = ids;
  }

  /**
   * Idempotency key: (tenant, scope, the request's key). Whoever loses a race for it runs into the
   * unique index after the winner's commit, and finds the winner's session in a second transaction.
   */
  Creation create(TenantId tenant, NewSession request) {
    try {
      return createOnce(tenant, request);
    } catch (MemoryStoreException e) {
      if (request.idempotencyKey() == null || !UNIQUE_VIOLATION.equals(e.sqlState())) {
        throw e;
      }
      return createOnce(tenant, request);
    }
  }

  Optional<Session> find(TenantId tenant, SessionId id, @Nullable Instant asOf) {
    return transactions.inTenant(
        tenant,
        "find session",
        session -> {
          SessionRow row = session.get(SessionRow.class, key(tenant, id));
          return row == null
              ? Optional.empty()
              : new PastSessions(session, tenant)
                  .of(List.of(row.session()), asOf).stream().findFirst();
        });
  }

  Page<Session> list(
      TenantId tenant, Scope filter, int limit, @Nullable String after, @Nullable Instant asOf) {
    Page.requireLimit(limit);
    ScopeColumns wanted = ScopeColumns.of(filter);
    List<Session> found =
        transactions.inTenant(
            tenant,
            "list sessions",
            session ->
                new PastSessions(session, tenant)
                    .of(
                        session
                            .createSelectionQuery(
                                """
                                from SessionRow
                                where tenantId = :tenant
                                  and sessionId < :after
                                  and createdAt <= :asOf
                                  and (:user = '' or scope.user in ('', :user))
                                  and (:agent = '' or scope.agent in ('', :agent))
                                  and (:project = '' or scope.project in ('', :project))
                                order by sessionId desc
                                """,
                                SessionRow.class)
                            .setParameter("tenant", tenant.value())
                            .setParameter(
                                "after",
                                after == null ? AFTER_ALL_IDS : new SessionId(after).value())
                            .setParameter("asOf", PastSessions.bound(asOf))
                            .setParameter("user", wanted.user())
                            .setParameter("agent", wanted.agent())
                            .setParameter("project", wanted.project())
                            .setMaxResults(limit + 1)
                            .getResultList()
                            .stream()
                            .map(SessionRow::session)
                            .toList(),
                        asOf));
    return found.size() <= limit
        ? new Page<>(found, null)
        : new Page<>(found.subList(0, limit), found.get(limit - 1).id().value());
  }

  /** Idempotency key: none is needed, the same patch again finds nothing to change. */
  Optional<Session> update(TenantId tenant, SessionId id, SessionPatch patch) {
    return transactions.inTenant(
        tenant,
        "update session",
        session ->
            Optional.ofNullable(
                    session.get(SessionRow.class, key(tenant, id), LockMode.PESSIMISTIC_WRITE))
                .map(row -> patched(session, tenant, row, patch)));
  }

  /** Idempotency key: the session's id; erasing it again finds nothing. */
  Optional<EraseReceipt> erase(TenantId tenant, SessionId id) {
    return transactions.inTenant(
        tenant,
        "erase session",
        session ->
            Optional.ofNullable(
                    session.get(SessionState.class, key(tenant, id), LockMode.PESSIMISTIC_WRITE))
                .map(row -> erased(session, tenant, id)));
  }

  private Creation createOnce(TenantId tenant, NewSession request) {
    byte[] hash = RequestHash.of(request);
    return transactions.inTenant(
        tenant,
        "create session",
        session -> {
          SessionRow known = known(session, tenant, request);
          if (known == null) {
            return new Creation.Created(insert(session, tenant, request, hash));
          }
          return MessageDigest.isEqual(known.requestHash, hash)
              ? new Creation.Existing(known.session())
              : new Creation.Conflict();
        });
  }

  static @Nullable SessionRow known(StatelessSession session, TenantId tenant, NewSession request) {
    String idempotencyKey = request.idempotencyKey();
    if (idempotencyKey == null) {
      return null;
    }
    return session
        .createSelectionQuery(
            """
            from SessionRow
            where tenantId = :tenant and scope = :scope and idempotencyKey = :key
            """,
            SessionRow.class)
        .setParameter("tenant", tenant.value())
        .setParameter("scope", ScopeColumns.of(request.settled().scope()))
        .setParameter("key", idempotencyKey)
        .getSingleResultOrNull();
  }

  private Session insert(
      StatelessSession session, TenantId tenant, NewSession request, byte[] hash) {
    SessionId id = new SessionId(ids.next(SessionId.PREFIX));
    SessionRow row = new SessionRow(tenant, id, request, hash, now());
    session.insert(row);
    ChangeTable.record(session, tenant, row.scope, "session_created", id.value(), row.createdAt);
    return row.session();
  }

  private Session patched(
      StatelessSession session, TenantId tenant, SessionRow row, SessionPatch patch) {
    Session before = row.session();
    row.title = patch.title().applyTo(before.title());
    row.instructions = patch.instructions().applyTo(before.instructions());
    row.setSampling(patch.sampling().applyTo(before.sampling()));
    row.tools = ToolColumn.of(patch.tools().applyTo(before.tools()));
    if (!row.session().equals(before)) {
      row.updatedAt = now();
      session.update(row);
      ChangeTable.record(
          session, tenant, row.scope, "session_updated", row.sessionId, row.updatedAt);
    }
    return row.session();
  }

  private EraseReceipt erased(StatelessSession session, TenantId tenant, SessionId id) {
    int events = delete(session, "EventRow where sessionId = :id", tenant, id);
    delete(session, "ChangeRow where subject = :id", tenant, id);
    delete(session, "SessionRow where sessionId = :id", tenant, id);
    Instant now = now();
    Erased memories = new MemoryEraser(session, tenant, now).eraseSaidIn(id);
    // The scope is left out: it may name a person, and nothing of the session is to remain.
    ScopeColumns nobody = ScopeColumns.of(Scope.NONE);
    ChangeTable.record(session, tenant, nobody, "session_erased", id.value(), now);
    return new EraseReceipt(id, events, memories, now);
  }

  private static int delete(StatelessSession session, String which, TenantId tenant, SessionId id) {
    return session
        .createMutationQuery("delete from " + which + " and tenantId = :tenant")
        .setParameter("tenant", tenant.value())
        .setParameter("id", id.value())
        .executeUpdate();
  }

  private static SessionRow.Key key(TenantId tenant, SessionId id) {
    return new SessionRow.Key(tenant.value(), id.value());
  }

  /** What the database can hold exactly. */
  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
