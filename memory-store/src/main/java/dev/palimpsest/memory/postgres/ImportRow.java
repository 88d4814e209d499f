package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.importing.ImportCounts;
import dev.palimpsest.memory.importing.ImportFormat;
import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.memory.importing.ImportState;
import dev.palimpsest.memory.importing.NewImport;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A row of {@code import}. */
@Entity
@Table(name = "import")
@IdClass(ImportRow.Key.class)
class ImportRow {
  static final String OPEN = VersionRow.word(ImportState.Status.OPEN);

  record Key(String tenantId, String importId) {}

  @Id
  @Column(name = "tenant_id")
  String tenantId;

  @Id
  @Column(name = "import_id")
  String importId;

  @Embedded ScopeColumns scope;

  @Column(updatable = false)
  @Nullable String format;

  @Column(nullable = false, updatable = false)
  String source;

  @Column(name = "base_time", updatable = false)
  @Nullable OffsetDateTime baseTime;

  @Column(name = "is_dry_run", nullable = false, updatable = false)
  boolean isDryRun;

  @Column(name = "may_restore", nullable = false, updatable = false)
  boolean mayRestore;

  @Column(name = "total_bytes", updatable = false)
  @Nullable Long totalBytes;

  @Column(nullable = false)
  String status;

  @Column(nullable = false)
  long items;

  @Column(name = "byte_offset", nullable = false)
  long offset;

  @Column(name = "read_count", nullable = false)
  long read;

  @Column(name = "stored_count", nullable = false)
  long stored;

  @Column(name = "duplicate_count", nullable = false)
  long duplicate;

  @Column(name = "rejected_count", nullable = false)
  long rejected;

  @Column(name = "sanitised_count", nullable = false)
  long sanitised;

  @Column(name = "skipped_count", nullable = false)
  long skipped;

  @Column(name = "last_change", nullable = false)
  long lastChange;

  @Nullable String problem;

  @Column(name = "created_at", nullable = false, updatable = false)
  Instant createdAt;

  @Column(name = "updated_at", nullable = false)
  Instant updatedAt;

  @SuppressWarnings("NullAway.Init")
  ImportRow() {}

  ImportRow(TenantId tenant, ImportId id, NewImport request, Instant now) {
    tenantId = tenant.value();
    importId = id.value();
    scope = ScopeColumns.of(request.scope());
    format = request.format() == null ? null : VersionRow.word(request.format());
    source = request.source();
    baseTime = request.baseTime() == null ? null : request.baseTime().atOffset(ZoneOffset.UTC);
    isDryRun = request.isDryRun();
    mayRestore = request.mayRestore();
    totalBytes = request.totalBytes();
    status = OPEN;
    createdAt = now;
    updatedAt = now;
  }

  void count(ImportCounts more) {
    ImportCounts sum = counts().plus(more);
    read = sum.read();
    stored = sum.stored();
    duplicate = sum.duplicate();
    rejected = sum.rejected();
    sanitised = sum.sanitised();
    skipped = sum.skipped();
  }

  ImportState state() {
    ImportFormat known =
        format == null ? null : ImportFormat.valueOf(format.toUpperCase(Locale.ROOT));
    return new ImportState(
        new ImportId(importId),
        new NewImport(
            known,
            source,
            VersionRow.instant(baseTime),
            scope.scope(),
            isDryRun,
            mayRestore,
            totalBytes),
        ImportState.Status.valueOf(status.toUpperCase(Locale.ROOT)),
        items,
        offset,
        counts(),
        lastChange,
        problem,
        createdAt,
        updatedAt);
  }

  private ImportCounts counts() {
    return new ImportCounts(read, stored, duplicate, rejected, sanitised, skipped);
  }
}
