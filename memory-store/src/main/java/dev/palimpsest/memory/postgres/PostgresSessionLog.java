package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Change;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.Acceptance;
import dev.palimpsest.memory.session.Appended;
import dev.palimpsest.memory.session.Creation;
import dev.palimpsest.memory.session.EraseReceipt;
import dev.palimpsest.memory.session.Forking;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.NewEvent;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.NodeId;
import dev.palimpsest.memory.session.OpenTurn;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.SessionLog;
import dev.palimpsest.memory.session.SessionPatch;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.WindowChange;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The session log over its tables. */
final class PostgresSessionLog implements SessionLog {
  private final SessionTable sessions;
  private final ForkTable forks;
  private final EventTable events;
  private final LeaseColumns leases;
  private final ChangeTable changes;

  PostgresSessionLog(
      Transactions transactions, InstantSource clock, IdSource ids, MemoryWriter memories) {
    sessions = new SessionTable(transactions, clock, ids);
    forks = new ForkTable(transactions, clock, ids);
    events = new EventTable(transactions, clock, memories);
    leases = new LeaseColumns(transactions, clock);
    changes = new ChangeTable(transactions);
  }

  @Override
  public Creation create(TenantId tenant, NewSession session) {
    return sessions.create(tenant, session);
  }

  @Override
  public Forking fork(
      TenantId tenant, SessionId parent, @Nullable Long at, @Nullable String idempotencyKey) {
    return forks.fork(tenant, parent, at, idempotencyKey);
  }

  @Override
  public Optional<Session> find(TenantId tenant, SessionId session, @Nullable Instant asOf) {
    return sessions.find(tenant, session, asOf);
  }

  @Override
  public Page<Session> list(
      TenantId tenant, Scope filter, int limit, @Nullable String after, @Nullable Instant asOf) {
    return sessions.list(tenant, filter, limit, after, asOf);
  }

  @Override
  public Optional<Session> update(TenantId tenant, SessionId session, SessionPatch patch) {
    return sessions.update(tenant, session, patch);
  }

  @Override
  public Optional<EraseReceipt> erase(TenantId tenant, SessionId session) {
    return sessions.erase(tenant, session);
  }

  @Override
  public Acceptance accept(
      TenantId tenant, SessionId session, TurnId proposed, TurnEvent.UserSaid said) {
    return events.accept(tenant, session, proposed, said);
  }

  @Override
  public Appended append(TenantId tenant, SessionId session, NewEvent event, NodeId owner) {
    return events.append(tenant, session, event, owner);
  }

  @Override
  public Appended note(TenantId tenant, SessionId session, long number, WindowChange change) {
    return events.note(tenant, session, number, change);
  }

  @Override
  public List<LoggedEvent> read(
      TenantId tenant, SessionId session, long after, int limit, @Nullable Instant asOf) {
    return events.read(tenant, session, after, limit, asOf);
  }

  @Override
  public List<LoggedEvent> readTurn(TenantId tenant, SessionId session, TurnId turn) {
    return events.readTurn(tenant, session, turn);
  }

  @Override
  public List<OpenTurn> openTurns(@Nullable OpenTurn after, int limit) {
    return events.openTurns(after, limit);
  }

  @Override
  public List<Change> changes(TenantId tenant, long after, int limit) {
    return changes.after(tenant, after, limit);
  }

  @Override
  public boolean lease(TenantId tenant, SessionId session, NodeId owner, Duration duration) {
    return leases.take(tenant, session, owner, duration);
  }

  @Override
  public void release(TenantId tenant, SessionId session, NodeId owner) {
    leases.release(tenant, session, owner);
  }
}
