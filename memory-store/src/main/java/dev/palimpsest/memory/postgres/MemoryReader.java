package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryChange;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.hibernate.StatelessSession;
import org.hibernate.query.NativeQuery;
import org.jspecify.annotations.Nullable;

/** Reads memories, within transactions of its own. */
final class MemoryReader {
  /** How many neighbours are read at most, however many stand at the same place. */
  private static final int NEIGHBOURS_MAX = 1000;

  private final Transactions transactions;

  MemoryReader(Transactions transactions) {
    this.transactions = transactions;
  }

  Optional<Memory> find(TenantId tenant, MemoryId id, @Nullable Instant asOf) {
    return transactions.inTenant(
        tenant,
        "find memory",
        session -> asOf == null ? newest(session, tenant, id) : known(session, tenant, id, asOf));
  }

  /** The newest version, within a transaction of the caller's. */
  static Optional<Memory> newest(StatelessSession session, TenantId tenant, MemoryId id) {
    return session
        .createSelectionQuery(
            """
            from VersionRow
            where tenantId = :tenant and memoryId = :id and supersededAt is null
            """,
            VersionRow.class)
        .setParameter("tenant", tenant.value())
        .setParameter("id", id.value())
        .uniqueResultOptional()
        .map(VersionRow::memory);
  }

  Optional<Memory> findIdentity(TenantId tenant, Scope scope, String identity) {
    ScopeColumns columns = ScopeColumns.of(scope);
    return transactions.inTenant(
        tenant,
        "find identity",
        session ->
            memories(
                    versions(
                            session,
                            """
                            v.tenant_id = :tenant AND v.version = 1
                              AND v.memory_id = (
                                SELECT m.memory_id
                                FROM memory m
                                WHERE m.tenant_id = :tenant AND m.scope_user = :user
                                  AND m.scope_agent = :agent AND m.scope_project = :project
                                  AND m.identity_sha256 = decode(:identity, 'hex'))
                            """)
                        .setParameter("tenant", tenant.value())
                        .setParameter("user", columns.user())
                        .setParameter("agent", columns.agent())
                        .setParameter("project", columns.project())
                        .setParameter("identity", ContentHash.of(identity)))
                .stream()
                .findFirst());
  }

  List<Memory> findAll(TenantId tenant, Collection<MemoryId> ids) {
    if (ids.isEmpty()) {
      return List.of();
    }
    return transactions.inTenant(
        tenant, "find memories", session -> newestOf(session, tenant, ids));
  }

  /** The newest versions of these, within a transaction of the caller's. */
  static List<Memory> newestOf(
      StatelessSession session, TenantId tenant, Collection<MemoryId> ids) {
    return memories(
        versions(
                session,
                "v.tenant_id = :tenant AND v.memory_id = ANY (:ids) AND v.superseded_at IS NULL")
            .setParameter("tenant", tenant.value())
            .setParameter("ids", values(ids)));
  }

  List<Memory> history(TenantId tenant, MemoryId id) {
    return transactions.inTenant(
        tenant,
        "read history",
        session ->
            session
                .createSelectionQuery(
                    """
                    from VersionRow
                    where tenantId = :tenant and memoryId = :id
                    order by version
                    """,
                    VersionRow.class)
                .setParameter("tenant", tenant.value())
                .setParameter("id", id.value())
                .getResultList()
                .stream()
                .map(VersionRow::memory)
                .toList());
  }

  Page<Memory> list(TenantId tenant, MemoryFilter filter, int limit, @Nullable String after) {
    FilterSql sql = new FilterSql(tenant, filter);
    return transactions.inTenant(
        tenant, "list memories", session -> list(session, sql, limit, after));
  }

  /** A page of what a filter admits, within a transaction of the caller's. */
  static Page<Memory> list(
      StatelessSession session, FilterSql sql, int limit, @Nullable String after) {
    Page.requireLimit(limit);
    String before = after == null ? SessionTable.AFTER_ALL_IDS : new MemoryId(after).value();
    List<Memory> found =
        memories(
            sql.bind(
                    versions(
                        session,
                        sql.conditions() + " AND v.memory_id < :before ORDER BY v.memory_id DESC"))
                .setParameter("before", before)
                .setMaxResults(limit + 1));
    return found.size() <= limit
        ? new Page<>(found, null)
        : new Page<>(found.subList(0, limit), found.get(limit - 1).id().value());
  }

  /** Without a session there is no conversation, and a memory stands alone. */
  List<Memory> around(TenantId tenant, Memory memory, int distance) {
    Origin origin = memory.origin();
    if (origin.session() == null) {
      return findAll(tenant, List.of(memory.id()));
    }
    ScopeColumns scope = ScopeColumns.of(memory.scope());
    return transactions.inTenant(
        tenant,
        "read neighbours",
        session ->
            memories(
                versions(
                        session,
                        """
                        v.tenant_id = :tenant AND v.superseded_at IS NULL AND v.revoked_at IS NULL
                          AND left(v.session_name, 64) = left(:session, 64)
                          AND v.session_name = :session AND v.source = :source
                          AND v.scope_user = :user AND v.scope_agent = :agent
                          AND v.scope_project = :project
                          AND v.position BETWEEN :from AND :to
                        ORDER BY v.position, v.memory_id
                        """)
                    .setParameter("tenant", tenant.value())
                    .setParameter("session", origin.session())
                    .setParameter("source", origin.source())
                    .setParameter("user", scope.user())
                    .setParameter("agent", scope.agent())
                    .setParameter("project", scope.project())
                    .setParameter("from", origin.position() - distance)
                    .setParameter("to", Math.addExact(origin.position(), distance))
                    .setMaxResults(NEIGHBOURS_MAX)));
  }

  /** Ids first, so that a memory's versions come together. */
  List<KeptVersion> kept(TenantId tenant, Scope scope, @Nullable MemoryId after, int memories) {
    Page.requireLimit(memories);
    FilterSql sql = FilterSql.ofScope(tenant, scope);
    return transactions.inTenant(
        tenant,
        "read kept versions",
        session -> {
          List<String> ids =
              sql.bind(
                      session.createNativeQuery(
                          "SELECT v.memory_id FROM memory_version v WHERE "
                              + sql.conditions()
                              + " AND v.memory_id > :after ORDER BY v.memory_id",
                          String.class))
                  .setParameter("after", after == null ? "" : after.value())
                  .setMaxResults(memories)
                  .getResultList();
          return ids.isEmpty() ? List.of() : kept(session, tenant, ids);
        });
  }

  /** All versions of these in order of id and version, within a transaction of the caller's. */
  static List<KeptVersion> kept(StatelessSession session, TenantId tenant, List<String> ids) {
    String[] wanted = ids.toArray(String[]::new);
    Map<VersionId, List<MadeOf>> sources = sources(session, tenant, ids);
    Map<String, String> identities = new HashMap<>();
    for (Object[] row :
        session
            .createNativeQuery(
                """
                SELECT m.memory_id, encode(m.identity_sha256, 'hex')
                FROM memory m
                WHERE m.tenant_id = :tenant AND m.memory_id = ANY (:ids)
                  AND m.identity_sha256 IS NOT NULL
                """,
                Object[].class)
            .setParameter("tenant", tenant.value())
            .setParameter("ids", wanted)
            .getResultList()) {
      identities.put((String) row[0], (String) row[1]);
    }
    return memories(
            versions(
                    session,
                    "v.tenant_id = :tenant AND v.memory_id = ANY (:ids)"
                        + " ORDER BY v.memory_id, v.version")
                .setParameter("tenant", tenant.value())
                .setParameter("ids", wanted))
        .stream()
        .map(memory ->
            kept(
                memory,
                identities.get(memory.id().value()),
                sources.getOrDefault(memory.versionId(), List.of())))
        .toList();
  }

  private static Map<VersionId, List<MadeOf>> sources(
      StatelessSession session, TenantId tenant, List<String> ids) {
    List<MemoryId> memories = ids.stream().map(MemoryId::new).toList();
    return session.doReturningWork(
        connection -> new SourceTable(connection, tenant).sources(memories));
  }

  private static KeptVersion kept(Memory memory, @Nullable String identity, List<MadeOf> sources) {
    return new KeptVersion(
        memory.id(),
        memory.version(),
        memory.scope(),
        memory.kind(),
        memory.origin(),
        memory.content(),
        memory.learnedAt(),
        identity,
        sources,
        memory.revoked());
  }

  /** Numbers first, with all that share the last one, then what is there of their memories. */
  List<MemoryChange> changes(TenantId tenant, long after, int limit) {
    Page.requireLimit(limit);
    return transactions.inTenant(
        tenant,
        "read memory changes",
        session -> {
          List<Object[]> found =
              session
                  .createNativeQuery(
                      """
                      SELECT number, id
                      FROM (SELECT DISTINCT change_number AS number, memory_id AS id
                            FROM memory_version
                            WHERE tenant_id = :tenant AND change_number > :after
                            UNION ALL
                            SELECT number, subject
                            FROM change
                            WHERE tenant_id = :tenant AND number > :after
                              AND kind IN ('memory_erased', 'memory_revoked')) AS c
                      ORDER BY number
                      FETCH FIRST :limit ROWS WITH TIES
                      """,
                      Object[].class)
                  .setParameter("tenant", tenant.value())
                  .setParameter("after", after)
                  .setParameter("limit", limit)
                  .getResultList();
          Map<String, List<Memory>> versions = versionsOf(session, tenant, found);
          return found.stream()
              .map(row -> change(((Number) row[0]).longValue(), (String) row[1], versions))
              .sorted(MemoryReader::compare)
              .toList();
        });
  }

  private static Map<String, List<Memory>> versionsOf(
      StatelessSession session, TenantId tenant, List<Object[]> found) {
    if (found.isEmpty()) {
      return Map.of();
    }
    String[] ids = found.stream().map(row -> (String) row[1]).distinct().toArray(String[]::new);
    return memories(
            versions(
                    session,
                    "v.tenant_id = :tenant AND v.memory_id = ANY (:ids)"
                        + " AND v.revoked_at IS NULL ORDER BY v.version")
                .setParameter("tenant", tenant.value())
                .setParameter("ids", ids))
        .stream()
        .collect(Collectors.groupingBy(memory -> memory.id().value()));
  }

  /** All versions of these, within a transaction of the caller's. */
  static List<Memory> versions(
      StatelessSession session, TenantId tenant, Collection<MemoryId> memories) {
    return memories(
        versions(
                session,
                "v.tenant_id = :tenant AND v.memory_id = ANY (:ids)"
                    + " ORDER BY v.memory_id, v.version")
            .setParameter("tenant", tenant.value())
            .setParameter("ids", values(memories)));
  }

  private static MemoryChange change(long number, String id, Map<String, List<Memory>> versions) {
    return new MemoryChange(number, new MemoryId(id), versions.getOrDefault(id, List.of()));
  }

  private static int compare(MemoryChange a, MemoryChange b) {
    int byNumber = Long.compare(a.number(), b.number());
    return byNumber != 0 ? byNumber : a.id().value().compareTo(b.id().value());
  }

  private static Optional<Memory> known(
      StatelessSession session, TenantId tenant, MemoryId id, Instant asOf) {
    return memories(
            versions(
                    session,
                    """
                    v.tenant_id = :tenant AND v.memory_id = :id
                      AND v.learned_at <= CAST(:asOf AS timestamptz)
                      AND (v.superseded_at IS NULL
                           OR v.superseded_at > CAST(:asOf AS timestamptz))
                    """)
                .setParameter("tenant", tenant.value())
                .setParameter("id", id.value())
                .setParameter("asOf", StoredTimes.floor(asOf)))
        .stream()
        .findFirst();
  }

  /** Versions {@code v} for which this holds, within a transaction of the caller's. */
  static NativeQuery<VersionRow> versions(StatelessSession session, String where) {
    return session
        .createNativeQuery("SELECT {v.*} FROM memory_version v WHERE " + where, VersionRow.class)
        .addEntity("v", VersionRow.class);
  }

  private static List<Memory> memories(NativeQuery<VersionRow> query) {
    return query.getResultList().stream().map(VersionRow::memory).toList();
  }

  private static String[] values(Collection<MemoryId> ids) {
    return ids.stream().map(MemoryId::value).distinct().toArray(String[]::new);
  }
}
