package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Erased;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.retention.ArchiveId;
import dev.palimpsest.memory.retention.Retention;
import dev.palimpsest.memory.retention.RetentionArchive;
import dev.palimpsest.memory.retention.RetentionPolicy;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/** Retention over its tables; policies here, archives in {@link ArchiveTable}. */
final class PostgresRetention implements Retention {
  private final Transactions transactions;
  private final InstantSource clock;
  private final IdSource ids;

  PostgresRetention(Transactions transactions, InstantSource clock, IdSource ids) {
    this.transactions = transactions;
    this.clock = clock;
    this.ids = ids;
  }

  @Override
  public List<RetentionPolicy> policies(TenantId tenant) {
    return transactions.inTenant(
        tenant, "read retention policies", session -> policies(session, tenant));
  }

  private static List<RetentionPolicy> policies(StatelessSession session, TenantId tenant) {
    return session
        .createNativeQuery(
            """
            SELECT scope_user, scope_agent, scope_project, keep_days, archive_days
            FROM retention_policy
            WHERE tenant_id = :tenant
            ORDER BY scope_user, scope_agent, scope_project
            """,
            Object[].class)
        .setParameter("tenant", tenant.value())
        .getResultList()
        .stream()
        .map(row -> ArchiveTable.policy(row, 0))
        .toList();
  }

  /** Idempotency key: the scope. */
  @Override
  public boolean put(TenantId tenant, RetentionPolicy policy) {
    ScopeColumns scope = ScopeColumns.of(policy.scope());
    return transactions.inTenant(
        tenant,
        "set retention policy",
        session -> {
          boolean isRoom =
              policies(session, tenant).stream()
                      .filter(other -> !other.scope().equals(policy.scope()))
                      .count()
                  < POLICIES_MAX;
          return isRoom
              && session
                      .createNativeMutationQuery(
                          """
                          INSERT INTO retention_policy
                            (tenant_id, scope_user, scope_agent, scope_project, keep_days,
                             archive_days)
                          VALUES (:tenant, :user, :agent, :project, :keep, :archive)
                          ON CONFLICT (tenant_id, scope_user, scope_agent, scope_project)
                            DO UPDATE SET keep_days = excluded.keep_days,
                                          archive_days = excluded.archive_days
                          """)
                      .setParameter("tenant", tenant.value())
                      .setParameter("user", scope.user())
                      .setParameter("agent", scope.agent())
                      .setParameter("project", scope.project())
                      .setParameter("keep", policy.keepDays())
                      .setParameter("archive", policy.archiveDays())
                      .executeUpdate()
                  == 1;
        });
  }

  @Override
  public boolean delete(TenantId tenant, Scope scope) {
    ScopeColumns columns = ScopeColumns.of(scope);
    return transactions.inTenant(
        tenant,
        "delete retention policy",
        session ->
            session
                    .createNativeMutationQuery(
                        """
                        DELETE FROM retention_policy
                        WHERE tenant_id = :tenant AND scope_user = :user
                          AND scope_agent = :agent AND scope_project = :project
                        """)
                    .setParameter("tenant", tenant.value())
                    .setParameter("user", columns.user())
                    .setParameter("agent", columns.agent())
                    .setParameter("project", columns.project())
                    .executeUpdate()
                == 1);
  }

  @Override
  public Due due(TenantId tenant, RetentionPolicy policy) {
    return transactions.inTenant(
        tenant,
        "count what is due",
        session -> {
          Object[] row =
              DueSql.bind(
                      session.createNativeQuery(
                          """
                          SELECT count(*), coalesce(sum(v.version), 0)
                          FROM memory_version v
                          WHERE
                          """
                              + DueSql.CONDITIONS,
                          Object[].class),
                      tenant,
                      policy,
                      clock.instant())
                  .getSingleResult();
          return new Due(((Number) row[0]).longValue(), ((Number) row[1]).longValue());
        });
  }

  /**
   * Two who begin at once meet at the index of unfinished archives; the later one begins nothing.
   */
  @Override
  public Optional<RetentionArchive> begin(TenantId tenant) {
    return transactions.inTenant(
        tenant,
        "begin archive",
        session -> {
          Optional<RetentionArchive> open = ArchiveTable.open(session, tenant);
          if (open.isPresent()) {
            return open;
          }
          for (RetentionPolicy policy : policies(session, tenant)) {
            if (!due(session, tenant, policy, null, 1).isEmpty()) {
              ArchiveId id = new ArchiveId(ids.next(ArchiveId.PREFIX));
              ArchiveTable.insert(session, tenant, id, policy, now());
              return ArchiveTable.open(session, tenant);
            }
          }
          return Optional.empty();
        });
  }

  @Override
  public List<KeptVersion> next(
      TenantId tenant, RetentionArchive archive, @Nullable MemoryId after, int memories) {
    Page.requireLimit(memories);
    return transactions.inTenant(
        tenant,
        "read what is due",
        session -> {
          List<String> found =
              policy(session, tenant, archive.policy().scope())
                  .map(policy -> due(session, tenant, policy, after, memories))
                  .orElse(List.of());
          return found.isEmpty() ? List.of() : MemoryReader.kept(session, tenant, found);
        });
  }

  private static Optional<RetentionPolicy> policy(
      StatelessSession session, TenantId tenant, Scope scope) {
    return policies(session, tenant).stream()
        .filter(policy -> policy.scope().equals(scope))
        .findFirst();
  }

  /** In order of id, so that the primary key gives them and stops at the last one wanted. */
  private List<String> due(
      StatelessSession session,
      TenantId tenant,
      RetentionPolicy policy,
      @Nullable MemoryId after,
      int memories) {
    return DueSql.bind(
            session.createNativeQuery(
                """
                SELECT v.memory_id
                FROM memory_version v
                WHERE v.memory_id > :after AND
                """
                    + DueSql.CONDITIONS
                    + " ORDER BY v.memory_id",
                String.class),
            tenant,
            policy,
            clock.instant())
        .setParameter("after", after == null ? "" : after.value())
        .setMaxResults(memories)
        .getResultList();
  }

  @Override
  public void written(TenantId tenant, ArchiveId id, RetentionArchive.Written written) {
    transactions.inTenant(
        tenant, "note archive", session -> ArchiveTable.written(session, tenant, id, written));
  }

  /**
   * The archive's row is locked first, then the memories, then they are read once more: what stands
   * there now cannot change until it is gone.
   */
  @Override
  public void erase(
      TenantId tenant, ArchiveId id, RetentionArchive.Written written, List<KeptVersion> part) {
    transactions.inTenant(
        tenant,
        "erase archived memories",
        session -> {
          Optional<RetentionArchive> archive = ArchiveTable.lock(session, tenant, id);
          if (archive.isEmpty() || !written.equals(archive.get().written())) {
            return false;
          }
          Map<MemoryId, List<KeptVersion>> archived = byMemory(part);
          lock(session, tenant, archived);
          List<MemoryId> gone = unchanged(session, tenant, archive.get(), archived);
          Erased erased = new MemoryEraser(session, tenant, now()).erase(gone);
          ArchiveTable.erased(session, tenant, id, erased, part.getLast().id());
          return true;
        });
  }

  private static Map<MemoryId, List<KeptVersion>> byMemory(List<KeptVersion> versions) {
    return versions.stream().collect(Collectors.groupingBy(KeptVersion::id));
  }

  private List<MemoryId> unchanged(
      StatelessSession session,
      TenantId tenant,
      RetentionArchive archive,
      Map<MemoryId, List<KeptVersion>> archived) {
    String[] ids = texts(archived);
    List<String> due =
        policy(session, tenant, archive.policy().scope())
            .map(policy ->
                DueSql.bind(
                        session.createNativeQuery(
                            "SELECT v.memory_id FROM memory_version v"
                                + " WHERE v.memory_id = ANY (:ids) AND "
                                + DueSql.CONDITIONS,
                            String.class),
                        tenant,
                        policy,
                        clock.instant())
                    .setParameter("ids", ids)
                    .getResultList())
            .orElse(List.of());
    if (due.isEmpty()) {
      return List.of();
    }
    Map<MemoryId, List<KeptVersion>> there = byMemory(MemoryReader.kept(session, tenant, due));
    return there.entrySet().stream()
        .filter(memory -> memory.getValue().equals(archived.get(memory.getKey())))
        .map(Map.Entry::getKey)
        .sorted(Comparator.comparing(MemoryId::value))
        .toList();
  }

  private static void lock(
      StatelessSession session, TenantId tenant, Map<MemoryId, List<KeptVersion>> memories) {
    session
        .createNativeQuery(
            """
            SELECT version
            FROM memory_version
            WHERE tenant_id = :tenant AND memory_id = ANY (:ids)
            ORDER BY memory_id, version
            FOR UPDATE
            """,
            Integer.class)
        .setParameter("tenant", tenant.value())
        .setParameter("ids", texts(memories))
        .getResultList();
  }

  private static String[] texts(Map<MemoryId, List<KeptVersion>> memories) {
    return memories.keySet().stream().map(MemoryId::value).toArray(String[]::new);
  }

  @Override
  public void finish(TenantId tenant, ArchiveId id, RetentionArchive.Finished finished) {
    transactions.inTenant(
        tenant, "finish archive", session -> ArchiveTable.finish(session, tenant, id, finished));
  }

  @Override
  public void forget(TenantId tenant, ArchiveId id) {
    transactions.inTenant(
        tenant, "forget archive", session -> ArchiveTable.delete(session, tenant, id));
  }

  @Override
  public Optional<RetentionArchive> archive(TenantId tenant, ArchiveId id) {
    return read(tenant, session -> ArchiveTable.find(session, tenant, id));
  }

  @Override
  public Page<RetentionArchive> archives(TenantId tenant, int limit, @Nullable String after) {
    Page.requireLimit(limit);
    String before = after == null ? SessionTable.AFTER_ALL_IDS : new ArchiveId(after).value();
    List<RetentionArchive> found =
        read(tenant, session -> ArchiveTable.before(session, tenant, before, limit + 1));
    return found.size() <= limit
        ? new Page<>(found, null)
        : new Page<>(found.subList(0, limit), found.get(limit - 1).id().value());
  }

  @Override
  public Optional<ArchiveId> expired(TenantId tenant) {
    return read(tenant, session -> ArchiveTable.expired(session, tenant, clock.instant()));
  }

  private <T> T read(TenantId tenant, Function<StatelessSession, T> work) {
    return transactions.inTenant(tenant, "read archives", work);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
