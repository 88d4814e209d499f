package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.RevocationId;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.memory.TenantId;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A row of {@code revocation}: how far it is stands in it, so that a killed one goes on. */
@Entity
@Table(name = "revocation")
@IdClass(RevocationRow.Key.class)
class RevocationRow {
  /** What {@code direct_after} begins with: a text before all ids. */
  static final String BEFORE_ALL_IDS = "";

  record Key(String tenantId, String revocationId) {}

  @Id
  @Column(name = "tenant_id")
  String tenantId;

  @Id
  @Column(name = "revocation_id")
  String revocationId;

  @Embedded ScopeColumns scope;

  @Column(nullable = false, updatable = false)
  String source;

  @Column(updatable = false)
  @Nullable String reason;

  @Column(name = "requested_at", nullable = false, updatable = false)
  Instant requestedAt;

  @Column(name = "finished_at")
  @Nullable Instant finishedAt;

  @Column(name = "direct_after")
  @Nullable String directAfter;

  @Column(name = "derived_after", nullable = false)
  long derivedAfter;

  @Column(nullable = false)
  long memories;

  @SuppressWarnings("NullAway.Init")
  RevocationRow() {}

  RevocationRow(
      TenantId tenant,
      RevocationId id,
      Revocation.Request request,
      ScopeColumns scope,
      Instant at) {
    tenantId = tenant.value();
    revocationId = id.value();
    this.scope = scope;
    source = request.source().text();
    reason = request.reason();
    requestedAt = at;
    directAfter = BEFORE_ALL_IDS;
  }

  Revocation revocation() {
    return new Revocation(
        new RevocationId(revocationId),
        new Revocation.Request(new SourceName(source), scope.scope().user(), reason),
        requestedAt,
        finishedAt,
        memories);
  }
}
