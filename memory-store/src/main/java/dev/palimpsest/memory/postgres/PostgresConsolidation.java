package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.DigestSubject;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Stored;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/** Consolidation over its tables. */
final class PostgresConsolidation implements Consolidation {
  private final Transactions transactions;
  private final InstantSource clock;
  private final IdSource ids;
  private final MemoryWriter writer;
  private final NearestSearch search;

  PostgresConsolidation(
      Transactions transactions, InstantSource clock, IdSource ids, MemoryWriter writer) {
    this(transactions, clock, ids, writer, new NearestSearch(NearestSearch.EXACT_VECTORS_MAX));
  }

  /** With another search, for tests. */
  PostgresConsolidation(
      Transactions transactions,
      InstantSource clock,
      IdSource ids,
      MemoryWriter writer,
      NearestSearch search) {
    this.transactions = transactions;
    this.clock = clock;
    this.ids = ids;
    this.writer = writer;
    this.search = search;
  }

  @Override
  public Standing standing(TenantId tenant, LocalDate day) {
    return transactions.inTenant(
        tenant,
        "read consolidation",
        session -> session.doReturningWork(connection -> standing(connection, tenant, day)));
  }

  private static Standing standing(Connection connection, TenantId tenant, LocalDate day)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT noted_change, linked_change, linked_memory, named_change, named_memory,
                   CASE WHEN day = CAST(? AS date) THEN spent ELSE 0 END
            FROM consolidation
            WHERE tenant_id = ?
            """)) {
      new SqlArrays(connection, statement).value(day.toString()).value(tenant.value());
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? new Standing(
                row.getLong(1),
                new Place(row.getLong(2), row.getString(3)),
                new Place(row.getLong(4), row.getString(5)),
                row.getInt(6))
            : new Standing(0, Place.START, Place.START, 0);
      }
    }
  }

  /** Idempotency key: none is needed, a row that has seen as much stays as it is. */
  @Override
  public void note(TenantId tenant, News news) {
    transactions.inTenant(
        tenant,
        "note news",
        session -> {
          session.doWork(connection -> {
            DigestTable digests = new DigestTable(connection, tenant);
            digests.note(news.grown());
            digests.decline(news.gone(), now());
          });
          noted(session, tenant, news.upTo());
          return news.upTo();
        });
  }

  @Override
  public Optional<Due> due(TenantId tenant, Instant quietSince) {
    return transactions.inTenant(
        tenant,
        "find due digest",
        session ->
            session.doReturningWork(
                connection -> new DigestTable(connection, tenant).due(quietSince)));
  }

  @Override
  public List<Memory> members(TenantId tenant, DigestSubject subject, int limit) {
    Page.requireLimit(limit);
    return transactions.inTenant(
        tenant, "read members", session -> new DigestMembers(session, tenant).of(subject, limit));
  }

  @Override
  public Optional<Stored> digest(
      TenantId tenant, Due due, @Nullable NewMemory digest, Spent spent) {
    return transactions.inTenant(
        tenant,
        "store digest",
        session -> {
          spend(session, tenant, spent);
          if (!isWanted(session, tenant, due, digest)) {
            return Optional.empty();
          }
          if (digest == null) {
            session.doWork(connection -> new DigestTable(connection, tenant).done(due, null));
            return Optional.empty();
          }
          return Optional.of(store(session, tenant, due, digest));
        });
  }

  /** The sources are locked first, then the row, as whoever erases a source does it. */
  private static boolean isWanted(
      StatelessSession session, TenantId tenant, Due due, @Nullable NewMemory digest) {
    return session.doReturningWork(connection -> {
      List<VersionId> sources =
          digest == null ? List.of() : digest.sources().stream().map(MadeOf::version).toList();
      Map<VersionId, Derivation.State> there = new SourceTable(connection, tenant).lock(sources);
      return there.size() == sources.size()
          && there.values().stream().allMatch(state -> state.revoked() == null)
          && new DigestTable(connection, tenant).isWanted(due.subject());
    });
  }

  private Stored store(StatelessSession session, TenantId tenant, Due due, NewMemory digest) {
    BatchPlan plan = writer.prepare(session, tenant, List.of(digest));
    Stored stored = plan.outcomes().getFirst();
    session.doWork(connection -> new DigestTable(connection, tenant).done(due, stored.id()));
    if (!plan.isEmpty()) {
      Instant now = now();
      List<SealedRow> rows = writer.seal(tenant, plan, now);
      ChangeTable.At at =
          ChangeTable.record(
              session,
              tenant,
              new ChangeTable.Written(
                  PostgresMemoryStore.NOBODY, "memories_added", stored.id().value(), rows),
              now);
      writer.write(session, tenant, plan, rows, at);
      session.doWork(connection -> noteMonths(connection, tenant, due.subject(), stored, at));
    }
    return stored;
  }

  private static void noteMonths(
      Connection connection,
      TenantId tenant,
      DigestSubject subject,
      Stored stored,
      ChangeTable.At at)
      throws SQLException {
    if (!(subject instanceof DigestSubject.Conversation)) {
      return;
    }
    Map<DigestSubject.Month, Seen> months = new TreeMap<>((a, b) -> a.month().compareTo(b.month()));
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT DISTINCT to_char(v.happened_at AT TIME ZONE 'UTC', 'YYYY-MM')
            FROM memory_source s
            JOIN memory_version v
              ON v.tenant_id = s.tenant_id AND v.memory_id = s.source_memory_id
             AND v.version = s.source_version
            WHERE s.tenant_id = ? AND s.memory_id = ? AND s.version = ?
              AND v.happened_at IS NOT NULL
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .value(stored.id().value())
          .value(stored.version());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          months.put(
              new DigestSubject.Month(subject.scope(), YearMonth.parse(row.getString(1))),
              new Seen(at.change(), at.time()));
        }
      }
    }
    new DigestTable(connection, tenant).note(months);
  }

  /** Idempotency key: the versions; their names are put in place of what was known. */
  @Override
  public int name(TenantId tenant, Naming naming, Spent spent) {
    return transactions.inTenant(
        tenant,
        "name entities",
        session -> {
          spend(session, tenant, spent);
          int links =
              session.doReturningWork(connection ->
                  new EntityTable(connection, tenant).put(naming.named(), ids, now()));
          named(session, tenant, naming.upTo());
          return links;
        });
  }

  /** Idempotency key: the memories; what is found again is there. */
  @Override
  public int link(TenantId tenant, Linking linking, Spent spent) {
    return transactions.inTenant(
        tenant,
        "link near-duplicates",
        session -> {
          spend(session, tenant, spent);
          int links = new SimilarTable(session, tenant, search).link(linking);
          linked(session, tenant, linking.upTo());
          return links;
        });
  }

  @Override
  public List<Similar> similar(TenantId tenant, MemoryId id) {
    return transactions.inTenant(
        tenant,
        "find near-duplicates",
        session -> new SimilarTable(session, tenant, search).similar(id));
  }

  private void noted(StatelessSession session, TenantId tenant, long upTo) {
    session
        .createNativeMutationQuery(
            """
            INSERT INTO consolidation (tenant_id, noted_change, day)
            VALUES (:tenant, :upTo, CAST(:day AS date))
            ON CONFLICT (tenant_id)
              DO UPDATE SET
                noted_change = greatest(consolidation.noted_change, excluded.noted_change)
            """)
        .setParameter("tenant", tenant.value())
        .setParameter("upTo", upTo)
        .setParameter("day", LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).toString())
        .executeUpdate();
  }

  /** After {@link #spend}, so the row is there. */
  private static void linked(StatelessSession session, TenantId tenant, Place upTo) {
    session
        .createNativeMutationQuery(
            """
            UPDATE consolidation
            SET linked_change = :change, linked_memory = :memory
            WHERE tenant_id = :tenant
            """)
        .setParameter("change", upTo.change())
        .setParameter("memory", upTo.memory())
        .setParameter("tenant", tenant.value())
        .executeUpdate();
  }

  /** After {@link #spend}, likewise. */
  private static void named(StatelessSession session, TenantId tenant, Place upTo) {
    session
        .createNativeMutationQuery(
            """
            UPDATE consolidation
            SET named_change = :change, named_memory = :memory
            WHERE tenant_id = :tenant
            """)
        .setParameter("change", upTo.change())
        .setParameter("memory", upTo.memory())
        .setParameter("tenant", tenant.value())
        .executeUpdate();
  }

  private static void spend(StatelessSession session, TenantId tenant, Spent spent) {
    session
        .createNativeMutationQuery(
            """
            INSERT INTO consolidation (tenant_id, day, spent)
            VALUES (:tenant, CAST(:day AS date), :spent)
            ON CONFLICT (tenant_id)
              DO UPDATE SET
                spent = CASE WHEN consolidation.day = excluded.day
                             THEN consolidation.spent + excluded.spent
                             ELSE excluded.spent END,
                day = excluded.day
            """)
        .setParameter("tenant", tenant.value())
        .setParameter("day", spent.day().toString())
        .setParameter("spent", spent.memories())
        .executeUpdate();
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
