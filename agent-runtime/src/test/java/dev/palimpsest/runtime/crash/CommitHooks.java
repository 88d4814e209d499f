package dev.palimpsest.runtime.crash;

import dev.palimpsest.memory.Change;
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
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A session log that says before and after each write that it is there, and waits for a word. */
final class CommitHooks implements SessionLog {
  /** Called at each point; returns when the process may go on, if it still lives. */
  interface Point {
    void reached(String name);
  }

  private final SessionLog log;
  private final Point point;

  CommitHooks(SessionLog log, Point point) {
    this.log = log;
    this.point = point;
  }

  private <T> T around(String write, Supplier<T> body) {
    point.reached("before " + write);
    T result = body.get();
    point.reached("after " + write);
    return result;
  }

  @Override
  public Acceptance accept(
      TenantId tenant, SessionId session, TurnId proposed, TurnEvent.UserSaid said) {
    return around("accept", () -> log.accept(tenant, session, proposed, said));
  }

  @Override
  public Appended append(TenantId tenant, SessionId session, NewEvent event, NodeId owner) {
    String write = event.event().getClass().getSimpleName();
    return around(write, () -> log.append(tenant, session, event, owner));
  }

  @Override
  public Appended note(TenantId tenant, SessionId session, long number, WindowChange change) {
    String write = change.getClass().getSimpleName();
    return around(write, () -> log.note(tenant, session, number, change));
  }

  @Override
  public boolean lease(TenantId tenant, SessionId session, NodeId owner, Duration duration) {
    return around("lease", () -> log.lease(tenant, session, owner, duration));
  }

  @Override
  public void release(TenantId tenant, SessionId session, NodeId owner) {
    boolean released =
        around(
            "release",
            () -> {
              log.release(tenant, session, owner);
              return true;
            });
    assert released;
  }

  @Override
  public Forking fork(
      TenantId tenant, SessionId parent, @Nullable Long at, @Nullable String idempotencyKey) {
    return log.fork(tenant, parent, at, idempotencyKey);
  }

  @Override
  public Creation create(TenantId tenant, NewSession session) {
    return log.create(tenant, session);
  }

  @Override
  public Optional<Session> find(TenantId tenant, SessionId session, @Nullable Instant asOf) {
    return log.find(tenant, session, asOf);
  }

  @Override
  public Page<Session> list(
      TenantId tenant, Scope filter, int limit, @Nullable String after, @Nullable Instant asOf) {
    return log.list(tenant, filter, limit, after, asOf);
  }

  @Override
  public Optional<Session> update(TenantId tenant, SessionId session, SessionPatch patch) {
    return log.update(tenant, session, patch);
  }

  @Override
  public Optional<EraseReceipt> erase(TenantId tenant, SessionId session) {
    return log.erase(tenant, session);
  }

  @Override
  public List<LoggedEvent> read(
      TenantId tenant, SessionId session, long after, int limit, @Nullable Instant asOf) {
    return log.read(tenant, session, after, limit, asOf);
  }

  @Override
  public List<LoggedEvent> readTurn(TenantId tenant, SessionId session, TurnId turn) {
    return log.readTurn(tenant, session, turn);
  }

  @Override
  public List<OpenTurn> openTurns(@Nullable OpenTurn after, int limit) {
    return log.openTurns(after, limit);
  }

  @Override
  public List<Change> changes(TenantId tenant, long after, int limit) {
    return log.changes(tenant, after, limit);
  }
}
