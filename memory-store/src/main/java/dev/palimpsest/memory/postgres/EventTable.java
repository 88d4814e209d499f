package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.Acceptance;
import dev.palimpsest.memory.session.Appended;
import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.NewEvent;
import dev.palimpsest.memory.session.NodeId;
import dev.palimpsest.memory.session.OpenTurn;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.SessionLog;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnEvent.TurnFailed;
import dev.palimpsest.memory.session.TurnEvent.UserSaid;
import dev.palimpsest.memory.session.TurnEventCodec;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.WindowChange;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.LockMode;
import org.hibernate.ScrollMode;
import org.hibernate.ScrollableResults;
import org.hibernate.StatelessSession;
import org.hibernate.query.SelectionQuery;
import org.jspecify.annotations.Nullable;

/**
 * The append-only log. Every write locks the session's row first, so writers of one session follow
 * one another, and what the checks saw is still true at the commit.
 */
final class EventTable {
  private static final String EVENT_APPENDED = "event_appended";

  /** Rows fetched at a time: a bound on memory, since each may hold a text of a mebibyte. */
  private static final int FETCH_ROWS = 16;

  private final Transactions transactions;
  private final InstantSource clock;
  private final MemoryWriter memories;
  private final TurnEventCodec codec = new TurnEventCodec();

  EventTable(Transactions transactions, InstantSource clock, MemoryWriter memories) {
    this.transactions = transactions;
    this.clock = clock;
    this.memories = memories;
  }

  /** Idempotency keys: (tenant, session, client turn id), and the proposed turn id. */
  Acceptance accept(TenantId tenant, SessionId id, TurnId proposed, UserSaid said) {
    return transactions.inTenant(
        tenant,
        "accept turn",
        session -> {
          SessionState state = locked(session, tenant, id);
          if (state == null) {
            return new Acceptance.Gone();
          }
          String known = knownTurn(session, state, proposed, said.clientTurnId());
          if (known != null) {
            return new Acceptance.Repeated(new TurnId(known));
          }
          if (state.openTurn != null) {
            return new Acceptance.Busy(new TurnId(state.openTurn));
          }
          return new Acceptance.Accepted(write(session, tenant, state, proposed, said));
        });
  }

  /** Idempotency key: (tenant, session, number). */
  Appended append(TenantId tenant, SessionId id, NewEvent appended, NodeId owner) {
    TurnId turn = appended.turn();
    return transactions.inTenant(
        tenant,
        "append event",
        session -> {
          SessionState state = locked(session, tenant, id);
          if (state == null) {
            return new Appended.Gone();
          }
          if (!state.isLeasedTo(owner.value(), now())) {
            return new Appended.LeaseLost();
          }
          if (appended.number() != state.lastEvent + 1) {
            return new Appended.Stale(state.lastEvent);
          }
          if (!isOpenFor(session, state, turn, appended.event())) {
            return new Appended.NotOpen(state.openTurn == null ? null : new TurnId(state.openTurn));
          }
          return new Appended.Written(append(session, tenant, state, appended));
        });
  }

  /** Idempotency key: (tenant, session, number). */
  Appended note(TenantId tenant, SessionId id, long number, WindowChange change) {
    return transactions.inTenant(
        tenant,
        "note window",
        session -> {
          SessionState state = locked(session, tenant, id);
          if (state == null) {
            return new Appended.Gone();
          }
          if (number != state.lastEvent + 1) {
            return new Appended.Stale(state.lastEvent);
          }
          String turn = newestTurn(session, state);
          return turn == null
              ? new Appended.NotOpen(null)
              : new Appended.Written(write(session, tenant, state, new TurnId(turn), change));
        });
  }

  private static @Nullable String newestTurn(StatelessSession session, SessionState state) {
    return session
        .createSelectionQuery(
            """
            select turnId from EventRow
            where tenantId = :tenant and sessionId = :session and number = :last
            """,
            String.class)
        .setParameter("tenant", state.tenantId)
        .setParameter("session", state.sessionId)
        .setParameter("last", state.lastEvent)
        .getSingleResultOrNull();
  }

  List<LoggedEvent> read(
      TenantId tenant, SessionId id, long after, int limit, @Nullable Instant asOf) {
    Page.requireLimit(limit);
    return transactions.inTenant(
        tenant,
        "read events",
        session ->
            fetch(
                session
                    .createSelectionQuery(
                        """
                        from EventRow
                        where tenantId = :tenant and sessionId = :session and number > :after
                          and recordedAt <= :asOf
                        order by number
                        """,
                        EventRow.class)
                    .setParameter("tenant", tenant.value())
                    .setParameter("session", id.value())
                    .setParameter("after", after)
                    .setParameter("asOf", PastSessions.bound(asOf))
                    .setMaxResults(limit)));
  }

  List<LoggedEvent> readTurn(TenantId tenant, SessionId id, TurnId turn) {
    List<LoggedEvent> events =
        transactions.inTenant(
            tenant,
            "read turn",
            session -> ofTurn(session, tenant, id, turn, Page.LIMIT_MAX + 1, "number"));
    if (events.size() > Page.LIMIT_MAX) {
      throw new MemoryStoreException(
          "read turn", turn + " of " + id + " has more than " + Page.LIMIT_MAX + " events", null);
    }
    return events;
  }

  /** Tenant by tenant, each in its own transaction, since none of them may see two. */
  List<OpenTurn> openTurns(@Nullable OpenTurn after, int limit) {
    Page.requireLimit(limit);
    List<OpenTurn> open = new ArrayList<>();
    for (TenantId tenant : ChangeTable.heads(transactions).keySet()) {
      int order = after == null ? 1 : tenant.value().compareTo(after.tenant().value());
      if (open.size() == limit) {
        break;
      }
      if (order >= 0) {
        String above = after == null || order > 0 ? "" : after.session().value();
        open.addAll(openTurns(tenant, above, limit - open.size()));
      }
    }
    return open;
  }

  private List<OpenTurn> openTurns(TenantId tenant, String above, int limit) {
    return transactions.inTenant(
        tenant,
        "find open turns",
        session ->
            session
                .createSelectionQuery(
                    """
                    from SessionState
                    where tenantId = :tenant and openTurn is not null and sessionId > :above
                    order by sessionId
                    """,
                    SessionState.class)
                .setParameter("tenant", tenant.value())
                .setParameter("above", above)
                .setMaxResults(limit)
                .getResultList()
                .stream()
                .map(state -> openTurn(tenant, state))
                .toList());
  }

  private static @Nullable SessionState locked(
      StatelessSession session, TenantId tenant, SessionId id) {
    return session.get(
        SessionState.class,
        new SessionRow.Key(tenant.value(), id.value()),
        LockMode.PESSIMISTIC_WRITE);
  }

  private static @Nullable String knownTurn(
      StatelessSession session, SessionState state, TurnId proposed, @Nullable String clientTurn) {
    return session
        .createSelectionQuery(
            """
            select turnId from EventRow
            where tenantId = :tenant and sessionId = :session
              and (turnId = :turn or clientTurnId = :clientTurn)
            order by number
            """,
            String.class)
        .setParameter("tenant", state.tenantId)
        .setParameter("session", state.sessionId)
        .setParameter("turn", proposed.value())
        .setParameter("clientTurn", clientTurn, String.class)
        .setMaxResults(1)
        .getSingleResultOrNull();
  }

  private boolean isOpenFor(
      StatelessSession session, SessionState state, TurnId turn, TurnEvent event) {
    boolean mayReopen = event instanceof TurnEvent.Recalled || event instanceof TurnEvent.Planned;
    if (state.openTurn != null || !mayReopen) {
      return turn.value().equals(state.openTurn);
    }
    TenantId tenant = new TenantId(state.tenantId);
    SessionId id = new SessionId(state.sessionId);
    return ofTurn(session, tenant, id, turn, 1, "number desc").stream()
        .anyMatch(last ->
            last.event() instanceof TurnFailed failed && failed.type() == FailureType.INTERRUPTED);
  }

  /** Memories carry the event's change number, so whoever follows changes meets them together. */
  private LoggedEvent append(
      StatelessSession session, TenantId tenant, SessionState state, NewEvent appended) {
    if (appended.remembered().isEmpty()) {
      return write(session, tenant, state, appended.turn(), appended.event());
    }
    BatchPlan plan = memories.prepare(session, tenant, appended.remembered());
    if (plan.isEmpty()) {
      return write(session, tenant, state, appended.turn(), appended.event());
    }
    Instant now = now();
    List<SealedRow> rows = memories.seal(tenant, plan, now);
    advance(session, state, appended.turn(), appended.event(), now);
    ChangeTable.At at =
        ChangeTable.record(
            session,
            tenant,
            new ChangeTable.Written(state.scope, EVENT_APPENDED, state.sessionId, rows),
            now);
    LoggedEvent logged = log(session, state, appended.turn(), appended.event(), at);
    memories.write(session, tenant, plan, rows, at);
    return logged;
  }

  private LoggedEvent write(
      StatelessSession session, TenantId tenant, SessionState state, TurnId turn, TurnEvent event) {
    Instant now = now();
    advance(session, state, turn, event, now);
    long change =
        ChangeTable.record(session, tenant, state.scope, EVENT_APPENDED, state.sessionId, now);
    return log(session, state, turn, event, new ChangeTable.At(change, now));
  }

  private static void advance(
      StatelessSession session, SessionState state, TurnId turn, TurnEvent event, Instant now) {
    state.lastEvent++;
    if (!(event instanceof WindowChange)) {
      state.openTurn = event.isTerminal() ? null : turn.value();
    }
    state.updatedAt = now;
    session.update(state);
  }

  private LoggedEvent log(
      StatelessSession session,
      SessionState state,
      TurnId turn,
      TurnEvent event,
      ChangeTable.At at) {
    LoggedEvent logged =
        new LoggedEvent(
            new SessionId(state.sessionId), turn, state.lastEvent, at.time(), event, at.change());
    session.insert(new EventRow(state, logged, codec));
    return logged;
  }

  private List<LoggedEvent> ofTurn(
      StatelessSession session,
      TenantId tenant,
      SessionId id,
      TurnId turn,
      int limit,
      String order) {
    return session
        .createSelectionQuery(
            """
            from EventRow
            where tenantId = :tenant and sessionId = :session and turnId = :turn
              and type not in ('compacted', 'expanded')
            order by %s
            """
                .formatted(order),
            EventRow.class)
        .setParameter("tenant", tenant.value())
        .setParameter("session", id.value())
        .setParameter("turn", turn.value())
        .setMaxResults(limit)
        .getResultList()
        .stream()
        .map(row -> row.logged(codec))
        .toList();
  }

  private List<LoggedEvent> fetch(SelectionQuery<EventRow> query) {
    List<LoggedEvent> events = new ArrayList<>();
    long characters = 0;
    try (ScrollableResults<EventRow> rows =
        query.setFetchSize(FETCH_ROWS).scroll(ScrollMode.FORWARD_ONLY)) {
      while (rows.next()) {
        EventRow row = rows.get();
        characters += row.body.length();
        if (!events.isEmpty() && characters > SessionLog.READ_CHARACTERS_MAX) {
          break;
        }
        events.add(row.logged(codec));
      }
    }
    return events;
  }

  private static OpenTurn openTurn(TenantId tenant, SessionState state) {
    return new OpenTurn(
        tenant, new SessionId(state.sessionId), new TurnId(String.valueOf(state.openTurn)));
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
