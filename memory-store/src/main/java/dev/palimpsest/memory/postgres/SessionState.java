package dev.palimpsest.memory.postgres;

import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The part of a {@code session} row that moves with its log. A mapping of its own, so that writing
 * an event neither reads nor rewrites the session's instructions. Never inserted: {@link
 * SessionRow} is.
 */
@Entity
@Table(name = "session")
@IdClass(SessionRow.Key.class)
class SessionState {
  @Id
  @Column(name = "tenant_id")
  String tenantId;

  @Id
  @Column(name = "session_id")
  String sessionId;

  @Embedded ScopeColumns scope;

  @Column(name = "updated_at", nullable = false)
  Instant updatedAt;

  @Column(name = "last_event", nullable = false)
  long lastEvent;

  @Column(name = "open_turn")
  @Nullable String openTurn;

  @Column(name = "lease_owner")
  @Nullable String leaseOwner;

  @Column(name = "lease_until")
  @Nullable Instant leaseUntil;

  @SuppressWarnings("NullAway.Init")
  SessionState() {}

  boolean isLeasedTo(String owner, Instant now) {
    return owner.equals(leaseOwner) && leaseUntil != null && leaseUntil.isAfter(now);
  }
}
