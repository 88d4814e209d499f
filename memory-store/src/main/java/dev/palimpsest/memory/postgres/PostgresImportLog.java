package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.Stored;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.importing.ImportBatch;
import dev.palimpsest.memory.importing.ImportCounts;
import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.memory.importing.ImportLog;
import dev.palimpsest.memory.importing.ImportState;
import dev.palimpsest.memory.importing.NewImport;
import dev.palimpsest.memory.importing.Rejection;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.hibernate.LockMode;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/**
 * Imports over their tables. Every write locks the import's row first, then the memories, then the
 * head row.
 */
final class PostgresImportLog implements ImportLog {
  private static final int OPEN_MAX = 1000;

  /** Rejections sent to the database together. */
  private static final int JDBC_BATCH = 200;

  private final Transactions transactions;
  private final InstantSource clock;
  private final IdSource ids;
  private final MemoryWriter writer;
  private final Sealer sealer;

  PostgresImportLog(
      Transactions transactions,
      InstantSource clock,
      IdSource ids,
      MemoryWriter writer,
      Sealer sealer) {
    this.transactions = transactions;
    this.clock = clock;
    this.ids = ids;
    this.writer = writer;
    this.sealer = sealer;
  }

  /** Not idempotent: an import that was begun twice is two, of which one stays empty. */
  @Override
  public ImportState create(TenantId tenant, NewImport request) {
    ImportId id = new ImportId(ids.next(ImportId.PREFIX));
    ImportRow row = new ImportRow(tenant, id, request, now());
    return transactions.inTenant(
        tenant,
        "create import",
        session -> {
          session.insert(row);
          record(session, tenant, row, "import_created");
          return row.state();
        });
  }

  @Override
  public Optional<ImportState> find(TenantId tenant, ImportId id) {
    return transactions.inTenant(
        tenant,
        "find import",
        session ->
            Optional.ofNullable(session.get(ImportRow.class, key(tenant, id)))
                .map(ImportRow::state));
  }

  @Override
  public List<ImportState> open(TenantId tenant) {
    return transactions.inTenant(
        tenant,
        "find open imports",
        session ->
            session
                .createSelectionQuery(
                    "from ImportRow where tenantId = :tenant and status = :open order by importId",
                    ImportRow.class)
                .setParameter("tenant", tenant.value())
                .setParameter("open", ImportRow.OPEN)
                .setMaxResults(OPEN_MAX)
                .getResultList()
                .stream()
                .map(ImportRow::state)
                .toList());
  }

  /** Idempotency key: (tenant, import, number of items before). */
  @Override
  public Committed commit(TenantId tenant, ImportId id, long itemsBefore, ImportBatch batch) {
    return transactions.inTenant(
        tenant,
        "commit import",
        session -> {
          ImportRow row = locked(session, tenant, id);
          if (!row.status.equals(ImportRow.OPEN)) {
            throw new IllegalStateException(id + " is not open");
          }
          if (row.items != itemsBefore) {
            requireCommitted(row, itemsBefore, batch);
            return new Committed(row.state(), List.of());
          }
          List<Rejection> refused = commit(session, tenant, row, batch);
          return new Committed(row.state(), refused);
        });
  }

  /** Idempotency key: the import's id. */
  @Override
  public ImportState end(
      TenantId tenant, ImportId id, ImportState.Status status, @Nullable String problem) {
    if (status == ImportState.Status.OPEN) {
      throw new IllegalArgumentException("an import does not end by being open");
    }
    return transactions.inTenant(
        tenant,
        "end import",
        session -> {
          ImportRow row = locked(session, tenant, id);
          if (row.status.equals(ImportRow.OPEN)) {
            row.status = VersionRow.word(status);
            row.problem = problem == null ? null : StorableText.sanitised(problem);
            row.updatedAt = now();
            session.update(row);
            TrialTable.clear(session, row);
            record(session, tenant, row, "import_ended");
          }
          return row.state();
        });
  }

  @Override
  public Page<Rejection> rejections(
      TenantId tenant, ImportId id, int limit, @Nullable String after) {
    Page.requireLimit(limit);
    long last = after == null ? 0 : Long.parseLong(after);
    List<Rejection> found =
        transactions.inTenant(
            tenant,
            "list rejections",
            session ->
                session
                    .createSelectionQuery(
                        """
                        from RejectionRow
                        where tenantId = :tenant and importId = :import and record > :last
                        order by record
                        """,
                        RejectionRow.class)
                    .setParameter("tenant", tenant.value())
                    .setParameter("import", id.value())
                    .setParameter("last", last)
                    .setMaxResults(limit + 1)
                    .getResultList()
                    .stream()
                    .map(RejectionRow::rejection)
                    .toList());
    return found.size() <= limit
        ? new Page<>(found, null)
        : new Page<>(found.subList(0, limit), Long.toString(found.get(limit - 1).record()));
  }

  /** What of the batch an archive kept and cannot be put back. */
  private List<Rejection> commit(
      StatelessSession session, TenantId tenant, ImportRow row, ImportBatch batch) {
    session.setJdbcBatchSize(JDBC_BATCH);
    ImportId id = new ImportId(row.importId);
    RestorePlan restored =
        row.isDryRun
            ? MemoryRestorer.tried(session, tenant, batch.kept())
            : MemoryRestorer.prepare(session, tenant, batch.kept());
    List<Boolean> stored =
        row.isDryRun
            ? TrialTable.tried(session, tenant, id, batch.memories())
            : store(session, tenant, row, batch, restored);
    session.insertMultiple(
        Stream.concat(batch.rejections().stream(), restored.refused().stream())
            .map(rejection -> new RejectionRow(row, rejection))
            .toList());
    row.items += batch.items();
    row.offset = batch.offset();
    row.updatedAt = now();
    row.count(counts(batch, stored).plus(counts(restored)));
    session.update(row);
    return restored.refused();
  }

  private List<Boolean> store(
      StatelessSession session,
      TenantId tenant,
      ImportRow row,
      ImportBatch batch,
      RestorePlan restored) {
    BatchPlan plan = writer.prepare(session, tenant, batch.memories());
    if (!plan.isEmpty() || restored.stored() > 0) {
      Instant now = now();
      List<SealedRow> made = writer.seal(tenant, plan, now);
      List<SealedRow> put = sealer.seal(tenant, restored.rows());
      List<SealedRow> all = Stream.concat(made.stream(), put.stream()).toList();
      ChangeTable.At at =
          ChangeTable.record(
              session,
              tenant,
              new ChangeTable.Written(
                  PostgresMemoryStore.NOBODY, "memories_added", row.importId, all),
              now);
      row.lastChange = at.change();
      writer.write(session, tenant, plan, made, at);
      MemoryRestorer.write(session, tenant, restored, put, at);
    }
    return plan.outcomes().stream()
        .map(stored -> stored.outcome() != Stored.Outcome.DUPLICATE)
        .toList();
  }

  private static ImportCounts counts(RestorePlan restored) {
    int stored = restored.stored();
    int refused = restored.refused().size();
    int read = stored + restored.duplicates() + refused;
    return new ImportCounts(read, stored, restored.duplicates(), refused, 0, 0);
  }

  private static void requireCommitted(ImportRow row, long itemsBefore, ImportBatch batch) {
    if (row.items != itemsBefore + batch.items()) {
      throw new IllegalStateException(
          row.importId + " has " + row.items + " items, not " + itemsBefore);
    }
  }

  private static ImportCounts counts(ImportBatch batch, List<Boolean> stored) {
    long written = 0;
    long sanitised = 0;
    for (int i = 0; i < stored.size(); i++) {
      if (stored.get(i)) {
        written++;
        sanitised += batch.sanitised().get(i) ? 1 : 0;
      }
    }
    return new ImportCounts(
        stored.size() + batch.rejections().size(),
        written,
        stored.size() - written,
        batch.rejections().size(),
        sanitised,
        batch.skipped());
  }

  private static ImportRow locked(StatelessSession session, TenantId tenant, ImportId id) {
    ImportRow row = session.get(ImportRow.class, key(tenant, id), LockMode.PESSIMISTIC_WRITE);
    if (row == null) {
      throw new IllegalStateException("there is no import " + id);
    }
    return row;
  }

  private static void record(
      StatelessSession session, TenantId tenant, ImportRow row, String kind) {
    ChangeTable.record(session, tenant, row.scope, kind, row.importId, row.updatedAt);
  }

  private static ImportRow.Key key(TenantId tenant, ImportId id) {
    return new ImportRow.Key(tenant.value(), id.value());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
