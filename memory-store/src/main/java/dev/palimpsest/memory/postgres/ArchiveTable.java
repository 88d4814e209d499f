package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Erased;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.retention.ArchiveId;
import dev.palimpsest.memory.retention.RetentionArchive;
import dev.palimpsest.memory.retention.RetentionPolicy;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.hibernate.StatelessSession;
import org.hibernate.query.NativeQuery;
import org.jspecify.annotations.Nullable;

/** Archives of retention, within transactions of the caller's. */
final class ArchiveTable {
  /** Times as text: Hibernate would send them by way of a calendar. */
  private static final String COLUMNS =
      """
      SELECT a.archive_id, a.scope_user, a.scope_agent, a.scope_project, a.keep_days,
             a.archive_days, %1$s, encode(a.file_sha256, 'hex'), a.file_bytes, a.memories,
             a.versions, a.erased_memories, a.erased_versions, a.erased_vectors, a.erased_change,
             %2$s, a.erased_upto,
             (SELECT string_agg(d.id, ' ' ORDER BY d.place)
              FROM unnest(a.derived) WITH ORDINALITY AS d (id, place)
              WHERE EXISTS (SELECT FROM memory m
                            WHERE m.tenant_id = a.tenant_id AND m.memory_id = d.id)),
             %3$s, %4$s, a.receipt, a.erased_links, a.erased_entities
      FROM retention_archive a
      WHERE a.tenant_id = :tenant
      """
          .formatted(
              time("a.begun_at"),
              time("coalesce(a.erased_at, a.begun_at)"),
              time("a.finished_at"),
              time("a.keep_until"));

  private ArchiveTable() {}

  private static String time(String column) {
    return "to_char(" + column + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
  }

  static Optional<RetentionArchive> open(StatelessSession session, TenantId tenant) {
    return one(query(session, tenant, " AND a.finished_at IS NULL"));
  }

  static Optional<RetentionArchive> find(StatelessSession session, TenantId tenant, ArchiveId id) {
    return one(query(session, tenant, " AND a.archive_id = :id").setParameter("id", id.value()));
  }

  /** One that is not finished, locked against whoever would erase by it too. */
  static Optional<RetentionArchive> lock(StatelessSession session, TenantId tenant, ArchiveId id) {
    return one(
        query(session, tenant, " AND a.archive_id = :id AND a.finished_at IS NULL FOR UPDATE OF a")
            .setParameter("id", id.value()));
  }

  static List<RetentionArchive> before(
      StatelessSession session, TenantId tenant, String before, int limit) {
    return query(session, tenant, " AND a.archive_id < :before ORDER BY a.archive_id DESC")
        .setParameter("before", before)
        .setMaxResults(limit)
        .getResultList()
        .stream()
        .map(ArchiveTable::archive)
        .toList();
  }

  static Optional<ArchiveId> expired(StatelessSession session, TenantId tenant, Instant now) {
    return session
        .createNativeQuery(
            """
            SELECT archive_id
            FROM retention_archive
            WHERE tenant_id = :tenant AND finished_at IS NOT NULL
              AND keep_until <= CAST(:now AS timestamptz)
            ORDER BY keep_until, archive_id
            """,
            String.class)
        .setParameter("tenant", tenant.value())
        .setParameter("now", StoredTimes.floor(now))
        .setMaxResults(1)
        .uniqueResultOptional()
        .map(ArchiveId::new);
  }

  /** Nothing where the tenant has one that is not finished. */
  static int insert(
      StatelessSession session,
      TenantId tenant,
      ArchiveId id,
      RetentionPolicy policy,
      Instant now) {
    ScopeColumns scope = ScopeColumns.of(policy.scope());
    return session
        .createNativeMutationQuery(
            """
            INSERT INTO retention_archive
              (tenant_id, archive_id, scope_user, scope_agent, scope_project, keep_days,
               archive_days, begun_at)
            VALUES (:tenant, :id, :user, :agent, :project, :keep, :archive,
                    CAST(:now AS timestamptz))
            ON CONFLICT (tenant_id) WHERE finished_at IS NULL DO NOTHING
            """)
        .setParameter("tenant", tenant.value())
        .setParameter("id", id.value())
        .setParameter("user", scope.user())
        .setParameter("agent", scope.agent())
        .setParameter("project", scope.project())
        .setParameter("keep", policy.keepDays())
        .setParameter("archive", policy.archiveDays())
        .setParameter("now", now.toString())
        .executeUpdate();
  }

  static int written(
      StatelessSession session, TenantId tenant, ArchiveId id, RetentionArchive.Written written) {
    return session
        .createNativeMutationQuery(
            """
            UPDATE retention_archive
            SET file_sha256 = decode(:sha256, 'hex'), file_bytes = :bytes, memories = :memories,
                versions = :versions, erased_upto = ''
            WHERE tenant_id = :tenant AND archive_id = :id AND finished_at IS NULL
              AND erased_memories = 0
            """)
        .setParameter("sha256", written.sha256())
        .setParameter("bytes", written.bytes())
        .setParameter("memories", written.memories())
        .setParameter("versions", written.versions())
        .setParameter("tenant", tenant.value())
        .setParameter("id", id.value())
        .executeUpdate();
  }

  static int erased(
      StatelessSession session, TenantId tenant, ArchiveId id, Erased erased, MemoryId upTo) {
    return session
        .createNativeMutationQuery(
            """
            UPDATE retention_archive
            SET erased_upto = :upto,
                erased_memories = erased_memories + :memories,
                erased_versions = erased_versions + :versions,
                erased_vectors = erased_vectors + :vectors,
                erased_links = erased_links + :links,
                erased_entities = erased_entities + :entities,
                erased_change = greatest(erased_change, :change),
                erased_at = CAST(:at AS timestamptz),
                derived = ARRAY(SELECT d.id
                                FROM unnest(derived || CAST(:derived AS text[]))
                                  WITH ORDINALITY AS d (id, place)
                                ORDER BY d.place
                                LIMIT :most)
            WHERE tenant_id = :tenant AND archive_id = :id
            """)
        .setParameter("upto", upTo.value())
        .setParameter("memories", erased.memories())
        .setParameter("versions", erased.versions())
        .setParameter("vectors", erased.vectors())
        .setParameter("links", erased.names().links())
        .setParameter("entities", erased.names().entities())
        .setParameter("change", erased.change())
        .setParameter("at", erased.at().toString())
        .setParameter(
            "derived", erased.derived().stream().map(MemoryId::value).toArray(String[]::new))
        .setParameter("most", Erased.DERIVED_MAX)
        .setParameter("tenant", tenant.value())
        .setParameter("id", id.value())
        .executeUpdate();
  }

  static int finish(
      StatelessSession session, TenantId tenant, ArchiveId id, RetentionArchive.Finished finished) {
    return session
        .createNativeMutationQuery(
            """
            UPDATE retention_archive
            SET finished_at = CAST(:at AS timestamptz),
                keep_until = CAST(:until AS timestamptz),
                receipt = :receipt
            WHERE tenant_id = :tenant AND archive_id = :id AND finished_at IS NULL
            """)
        .setParameter("at", finished.at().toString())
        .setParameter("until", finished.keepUntil().toString())
        .setParameter("receipt", finished.receipt())
        .setParameter("tenant", tenant.value())
        .setParameter("id", id.value())
        .executeUpdate();
  }

  static int delete(StatelessSession session, TenantId tenant, ArchiveId id) {
    return session
        .createNativeMutationQuery(
            "DELETE FROM retention_archive WHERE tenant_id = :tenant AND archive_id = :id")
        .setParameter("tenant", tenant.value())
        .setParameter("id", id.value())
        .executeUpdate();
  }

  private static NativeQuery<Object[]> query(
      StatelessSession session, TenantId tenant, String where) {
    return session
        .createNativeQuery(COLUMNS + where, Object[].class)
        .setParameter("tenant", tenant.value());
  }

  private static Optional<RetentionArchive> one(NativeQuery<Object[]> query) {
    return query.getResultList().stream().findFirst().map(ArchiveTable::archive);
  }

  /** A policy of five columns from {@code first} on. */
  static RetentionPolicy policy(@Nullable Object[] row, int first) {
    ScopeColumns scope =
        new ScopeColumns(text(row[first]), text(row[first + 1]), text(row[first + 2]));
    return new RetentionPolicy(
        scope.scope(), (int) number(row[first + 3]), (int) number(row[first + 4]));
  }

  private static RetentionArchive archive(@Nullable Object[] row) {
    return new RetentionArchive(
        new ArchiveId(text(row[0])),
        policy(row, 1),
        Instant.parse(text(row[6])),
        row[7] == null
            ? null
            : new RetentionArchive.Written(
                text(row[7]), number(row[8]), number(row[9]), number(row[10])),
        erased(Arrays.copyOfRange(row, 11, 18), new Erased.Names(number(row[21]), number(row[22]))),
        row[18] == null
            ? null
            : new RetentionArchive.Finished(
                Instant.parse(text(row[18])), Instant.parse(text(row[19])), text(row[20])));
  }

  private static Erased erased(@Nullable Object[] row, Erased.Names names) {
    String upTo = text(row[5]);
    List<MemoryId> derived =
        row[6] == null
            ? List.of()
            : Arrays.stream(text(row[6]).split(" ")).distinct().map(MemoryId::new).toList();
    return new Erased(
        number(row[0]),
        number(row[1]),
        number(row[2]),
        derived,
        number(row[3]),
        Instant.parse(text(row[4])),
        upTo.isEmpty() ? null : new MemoryId(upTo),
        names);
  }

  private static String text(@Nullable Object column) {
    return String.valueOf(column);
  }

  private static long number(@Nullable Object column) {
    return column instanceof Number number ? number.longValue() : 0;
  }
}
