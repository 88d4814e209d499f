package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Change;
import dev.palimpsest.memory.TenantId;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.annotations.Immutable;

/** A row of {@code change}: inserted once, never changed. */
@Entity
@Immutable
@Table(name = "change")
@IdClass(ChangeRow.Key.class)
class ChangeRow {
  record Key(String tenantId, long number) {}

  @Id
  @Column(name = "tenant_id")
  String tenantId;

  @Id long number;

  @Embedded ScopeColumns scope;

  @Column(nullable = false)
  String kind;

  @Column(nullable = false)
  String subject;

  @Column(name = "recorded_at", nullable = false)
  Instant recordedAt;

  @SuppressWarnings("NullAway.Init")
  ChangeRow() {}

  ChangeRow(Change change, ScopeColumns scope) {
    tenantId = change.tenant().value();
    number = change.number();
    this.scope = scope;
    kind = change.kind();
    subject = change.subject();
    recordedAt = change.at();
  }

  Change change() {
    return new Change(new TenantId(tenantId), number, kind, subject, recordedAt);
  }
}
