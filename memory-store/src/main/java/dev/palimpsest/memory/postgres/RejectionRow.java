package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.importing.Rejection;
import dev.palimpsest.memory.importing.RejectionReason;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.util.Locale;
import org.hibernate.annotations.Immutable;

/** A row of {@code import_rejection}: inserted once, never changed. */
@Entity
@Immutable
@Table(name = "import_rejection")
@IdClass(RejectionRow.Key.class)
class RejectionRow {
  record Key(String tenantId, String importId, long record) {}

  @Id
  @Column(name = "tenant_id")
  String tenantId;

  @Id
  @Column(name = "import_id")
  String importId;

  @Id long record;

  @Embedded ScopeColumns scope;

  @Column(name = "byte_offset", nullable = false)
  long offset;

  @Column(nullable = false)
  String reason;

  @Column(nullable = false)
  String detail;

  @SuppressWarnings("NullAway.Init")
  RejectionRow() {}

  RejectionRow(ImportRow of, Rejection rejection) {
    tenantId = of.tenantId;
    importId = of.importId;
    record = rejection.record();
    scope = of.scope;
    offset = rejection.offset();
    reason = VersionRow.word(rejection.reason());
    detail = StorableText.sanitised(rejection.detail());
  }

  Rejection rejection() {
    return new Rejection(
        record, offset, RejectionReason.valueOf(reason.toUpperCase(Locale.ROOT)), detail);
  }
}
