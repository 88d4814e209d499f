package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.RevocationId;
import dev.palimpsest.memory.Revoked;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.hibernate.LockMode;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/**
 * Revocations over their tables. What they have reached is a queue: its front is what was derived
 * from, its end what was found last. Every step locks the revocation's row first, then the tenant's
 * entities, then the memories, then the head row.
 */
final class RevocationTable {
  private static final int OPEN_MAX = 1000;

  private final Transactions transactions;
  private final InstantSource clock;
  private final IdSource ids;

  RevocationTable(Transactions transactions, InstantSource clock, IdSource ids) {
    this.transactions = transactions;
    this.clock = clock;
    this.ids = ids;
  }

  /** Idempotency key: source and user. Of two at once one waits for the other's row. */
  Revocation begin(TenantId tenant, Revocation.Request request) {
    return transactions.inTenant(
        tenant,
        "begin revocation",
        session -> {
          RevocationId id = new RevocationId(ids.next(RevocationId.PREFIX));
          ScopeColumns scope = ScopeColumns.of(Scope.ofUser(request.user()));
          RevocationRow made = new RevocationRow(tenant, id, request, scope, now());
          if (insert(session, made)) {
            ChangeTable.record(
                session, tenant, scope, "revocation_begun", id.value(), made.requestedAt);
            return made.revocation();
          }
          RevocationRow known = known(session, made);
          if (known.finishedAt != null) {
            known.finishedAt = null;
            known.directAfter = RevocationRow.BEFORE_ALL_IDS;
            known.derivedAfter = 0;
            session.update(known);
          }
          return known.revocation();
        });
  }

  private static boolean insert(StatelessSession session, RevocationRow row) {
    return session
            .createNativeMutationQuery(
                """
                INSERT INTO revocation
                  (tenant_id, revocation_id, scope_user, source, reason, requested_at,
                   direct_after, derived_after, memories)
                VALUES (:tenant, :id, :user, :source, CAST(:reason AS text), :at, '', 0, 0)
                ON CONFLICT (tenant_id, scope_user, source) DO NOTHING
                """)
            .setParameter("tenant", row.tenantId)
            .setParameter("id", row.revocationId)
            .setParameter("user", row.scope.user())
            .setParameter("source", row.source)
            .setParameter("reason", row.reason, String.class)
            .setParameter("at", row.requestedAt)
            .executeUpdate()
        == 1;
  }

  private static RevocationRow known(StatelessSession session, RevocationRow wanted) {
    return session
        .createSelectionQuery(
            """
            from RevocationRow
            where tenantId = :tenant and scope.user = :user and source = :source
            """,
            RevocationRow.class)
        .setParameter("tenant", wanted.tenantId)
        .setParameter("user", wanted.scope.user())
        .setParameter("source", wanted.source)
        .setLockMode(LockModeType.PESSIMISTIC_WRITE)
        .getSingleResult();
  }

  /** Idempotency key: how far the row says it is. */
  Revocation advance(TenantId tenant, RevocationId id, int memories) {
    Page.requireLimit(memories);
    return transactions.inTenant(
        tenant,
        "revoke memories",
        session -> {
          RevocationRow row =
              session.get(
                  RevocationRow.class,
                  new RevocationRow.Key(tenant.value(), id.value()),
                  LockMode.PESSIMISTIC_WRITE);
          if (row == null) {
            throw new IllegalStateException("there is no revocation " + id);
          }
          if (row.finishedAt == null) {
            advance(session, row, memories);
            session.update(row);
          }
          return row.revocation();
        });
  }

  private void advance(StatelessSession session, RevocationRow row, int memories) {
    RevocationQueue queue = new RevocationQueue(session, row);
    List<String> found = row.directAfter == null ? queue.derived(memories) : queue.direct(memories);
    if (found.isEmpty() && queue.isAtEnd()) {
      row.finishedAt = now();
      return;
    }
    Revoked revoked = new Revoked(now(), row.reason);
    queue.add(mark(session, new TenantId(row.tenantId), found, revoked));
  }

  /**
   * Marks those that are not revoked; returns which those are. Locked first, and only then read, so
   * that whoever was writing a version meanwhile has written it.
   */
  private static List<String> mark(
      StatelessSession session, TenantId tenant, List<String> found, Revoked revoked) {
    if (found.isEmpty()) {
      return found;
    }
    session.doWork(connection -> new EntityTable(connection, tenant).lock());
    String[] wanted = found.toArray(String[]::new);
    List<String> locked =
        session
            .createNativeQuery(
                """
                SELECT memory_id
                FROM memory_version
                WHERE tenant_id = :tenant AND memory_id = ANY (:ids) AND revoked_at IS NULL
                ORDER BY memory_id, version
                FOR NO KEY UPDATE
                """,
                String.class)
            .setParameter("tenant", tenant.value())
            .setParameter("ids", wanted)
            .getResultList();
    List<String> marked = locked.stream().distinct().toList();
    SortedMap<String, Instant> times = new TreeMap<>();
    marked.forEach(id -> times.put(id, revoked.at()));
    update(session, tenant, marked, revoked);
    ChangeTable.recordRevoked(session, tenant, times);
    return marked;
  }

  /** Vectors and links to entities are of no more use. */
  private static void update(
      StatelessSession session, TenantId tenant, List<String> marked, Revoked revoked) {
    String[] memories = marked.toArray(String[]::new);
    session
        .createNativeMutationQuery(
            """
            UPDATE memory_version
            SET revoked_at = CAST(:at AS timestamptz), revoked_reason = CAST(:reason AS text)
            WHERE tenant_id = :tenant AND memory_id = ANY (:ids) AND revoked_at IS NULL
            """)
        .setParameter("at", revoked.at().toString())
        .setParameter("reason", revoked.reason(), String.class)
        .setParameter("tenant", tenant.value())
        .setParameter("ids", memories)
        .executeUpdate();
    session
        .createNativeMutationQuery(
            "DELETE FROM memory_vector WHERE tenant_id = :tenant AND memory_id = ANY (:ids)")
        .setParameter("tenant", tenant.value())
        .setParameter("ids", memories)
        .executeUpdate();
    session.doWork(connection ->
        new EntityTable(connection, tenant)
            .forget(marked.stream().map(MemoryId::new).toList(), revoked.at()));
  }

  /**
   * After versions were written that are revoked from their first moment on, being made of what is
   * revoked or versions of it: so are the other versions of their memories.
   */
  static void markWritten(StatelessSession session, TenantId tenant, List<SealedRow> rows) {
    SortedMap<String, Instant> times = SealedRow.revoked(rows);
    for (SealedRow row : rows) {
      Revoked revoked = row.draft().derivation().revoked();
      if (revoked != null && row.draft().version() > 1) {
        update(session, tenant, List.of(row.draft().id().value()), revoked);
      }
    }
    ChangeTable.recordRevoked(session, tenant, times);
  }

  Optional<Revocation> find(TenantId tenant, RevocationId id) {
    return transactions.inTenant(
        tenant,
        "find revocation",
        session ->
            Optional.ofNullable(
                    session.get(
                        RevocationRow.class, new RevocationRow.Key(tenant.value(), id.value())))
                .map(RevocationRow::revocation));
  }

  List<Revocation> open(TenantId tenant) {
    return transactions.inTenant(
        tenant,
        "find open revocations",
        session ->
            session
                .createSelectionQuery(
                    """
                    from RevocationRow
                    where tenantId = :tenant and finishedAt is null
                    order by revocationId
                    """,
                    RevocationRow.class)
                .setParameter("tenant", tenant.value())
                .setMaxResults(OPEN_MAX)
                .getResultList()
                .stream()
                .map(RevocationRow::revocation)
                .toList());
  }

  Page<MemoryId> reached(TenantId tenant, RevocationId id, int limit, @Nullable String after) {
    Page.requireLimit(limit);
    long last = after == null ? 0 : Long.parseLong(after);
    List<String> found =
        transactions.inTenant(
            tenant,
            "list revoked memories",
            session ->
                session
                    .createNativeQuery(
                        """
                        SELECT memory_id
                        FROM revocation_memory
                        WHERE tenant_id = :tenant AND revocation_id = :id AND place > :last
                        ORDER BY place
                        """,
                        String.class)
                    .setParameter("tenant", tenant.value())
                    .setParameter("id", id.value())
                    .setParameter("last", last)
                    .setMaxResults(limit + 1)
                    .getResultList());
    List<MemoryId> page = found.stream().limit(limit).map(MemoryId::new).toList();
    // Places have no gaps.
    return new Page<>(page, found.size() > limit ? Long.toString(last + limit) : null);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
