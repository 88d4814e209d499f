package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnEventCodec;
import dev.palimpsest.memory.session.TurnId;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/** A row of {@code session_event}: inserted once, never changed. */
@Entity
@Immutable
@Table(name = "session_event")
@IdClass(EventRow.Key.class)
class EventRow {
  record Key(String tenantId, String sessionId, long number) {}

  @Id
  @Column(name = "tenant_id")
  String tenantId;

  @Id
  @Column(name = "session_id")
  String sessionId;

  @Id long number;

  @Embedded ScopeColumns scope;

  @Column(name = "turn_id", nullable = false)
  String turnId;

  @Column(nullable = false)
  String type;

  @Column(nullable = false)
  int version;

  @Column(nullable = false)
  String body;

  @Column(name = "client_turn_id")
  @Nullable String clientTurnId;

  @Column(name = "recorded_at", nullable = false)
  Instant recordedAt;

  @Column(name = "change_number", nullable = false)
  long changeNumber;

  @SuppressWarnings("NullAway.Init")
  EventRow() {}

  EventRow(SessionState session, LoggedEvent logged, TurnEventCodec codec) {
    TurnEvent event = logged.event();
    tenantId = session.tenantId;
    sessionId = session.sessionId;
    number = logged.number();
    scope = session.scope;
    turnId = logged.turn().value();
    type = codec.type(event);
    version = codec.version(event);
    body = codec.encode(event);
    clientTurnId = event instanceof TurnEvent.UserSaid said ? said.clientTurnId() : null;
    recordedAt = logged.at();
    changeNumber = logged.change();
  }

  LoggedEvent logged(TurnEventCodec codec) {
    return new LoggedEvent(
        new SessionId(sessionId),
        new TurnId(turnId),
        number,
        recordedAt,
        codec.decode(type, version, body),
        changeNumber);
  }
}
