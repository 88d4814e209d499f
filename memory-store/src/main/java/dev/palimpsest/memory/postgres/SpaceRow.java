package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.KeptSpace;
import dev.palimpsest.memory.NewSpace;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A row of {@code embedding_space}. */
@Entity
@Table(name = "embedding_space")
@IdClass(SpaceRow.Key.class)
class SpaceRow {
  record Key(String tenantId, String spaceId) {}

  @Id
  @Column(name = "tenant_id")
  String tenantId;

  @Id
  @Column(name = "space_id")
  String spaceId;

  @Embedded ScopeColumns scope;

  @Column(nullable = false, updatable = false)
  int dimensions;

  @Column(nullable = false, updatable = false)
  String model;

  @Column(nullable = false, updatable = false)
  String fingerprint;

  @Column(name = "is_active", nullable = false)
  boolean isActive;

  @Column(name = "created_at", nullable = false, updatable = false)
  Instant createdAt;

  @Column(name = "ready_at")
  @Nullable Instant readyAt;

  @Column(name = "activated_at")
  @Nullable Instant activatedAt;

  @Column(name = "dropped_at")
  @Nullable Instant droppedAt;

  @SuppressWarnings("NullAway.Init")
  SpaceRow() {}

  SpaceRow(TenantId tenant, NewSpace made, Instant now) {
    tenantId = tenant.value();
    spaceId = made.space().id();
    scope = ScopeColumns.of(Scope.NONE);
    dimensions = made.space().dimensions();
    model = made.model();
    fingerprint = made.fingerprint();
    createdAt = now;
  }

  KeptSpace space() {
    NewSpace made = new NewSpace(new EmbeddingSpace(spaceId, dimensions), model, fingerprint);
    return new KeptSpace(made, state(), createdAt, readyAt, activatedAt);
  }

  private KeptSpace.State state() {
    if (droppedAt != null) {
      return KeptSpace.State.DROPPED;
    }
    if (isActive) {
      return KeptSpace.State.ACTIVE;
    }
    return readyAt == null ? KeptSpace.State.FILLING : KeptSpace.State.READY;
  }
}
