package dev.palimpsest.memory.session;

import dev.palimpsest.memory.Change;
import dev.palimpsest.memory.ChangeList;
import dev.palimpsest.memory.Erased;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.InMemoryMemoryStore;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.TurnEvent.Planned;
import dev.palimpsest.memory.session.TurnEvent.Recalled;
import dev.palimpsest.memory.session.TurnEvent.TurnFailed;
import dev.palimpsest.memory.session.TurnEvent.UserSaid;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Sessions in a map; the reference for what {@link SessionLog} means. */
public final class InMemorySessionLog implements SessionLog {
  private record Fork(SessionId parent, @Nullable Long at) {}

  private static final class Kept {
    private final NewSession request;
    private final List<LoggedEvent> events = new ArrayList<>();
    private Session session;
    private @Nullable Fork fork;
    private @Nullable TurnId openTurn;
    private @Nullable NodeId leaseOwner;
    private Instant leaseUntil = Instant.EPOCH;

    private Kept(NewSession request, Session session) {
      this.request = request;
      this.session = session;
    }
  }

  private final NavigableMap<String, NavigableMap<String, Kept>> tenants = new TreeMap<>();
  private final Map<List<Object>, SessionId> idempotency = new HashMap<>();
  private final TurnEventCodec codec = new TurnEventCodec();
  private final InMemoryMemory.Guard guard;
  private final ChangeList changes;
  private final InMemoryMemoryStore memories;
  private final InstantSource clock;
  private final IdSource ids;

  /** An empty log. */
  public InMemorySessionLog(
      InMemoryMemory.Guard guard,
      ChangeList changes,
      InMemoryMemoryStore memories,
      InstantSource clock,
      IdSource ids) {
    this.guard = guard;
    this.changes = changes;
    this.memories = memories;
    this.clock = clock;
    this.ids = ids;
  }

  @Override
  public Creation create(TenantId tenant, NewSession request) {
    return guard.inTransaction("create session", () -> createGuarded(tenant, request));
  }

  @Override
  public Forking fork(
      TenantId tenant, SessionId parent, @Nullable Long at, @Nullable String idempotencyKey) {
    return guard.inTransaction(
        "fork session",
        () ->
            kept(tenant, parent)
                .map(kept -> forkGuarded(tenant, kept, at, idempotencyKey))
                .orElseGet(Forking.Gone::new));
  }

  private Forking forkGuarded(
      TenantId tenant, Kept parent, @Nullable Long at, @Nullable String idempotencyKey) {
    NewSession request = parent.session.again(idempotencyKey);
    Fork origin = new Fork(parent.session.id(), at);
    SessionId known = known(tenant, request);
    if (known != null) {
      Kept kept = kept(tenant, known).orElseThrow();
      return origin.equals(kept.fork) ? new Forking.Existing(kept.session) : new Forking.Conflict();
    }
    long upTo = at == null ? parent.session.lastEvent() : at;
    long end =
        parent.events.stream()
            .filter(event -> event.number() <= upTo && event.event().isTerminal())
            .mapToLong(LoggedEvent::number)
            .max()
            .orElse(0);
    while (end > 0 && end < upTo && isBeside(parent, end + 1)) {
      end++;
    }
    if (at != null && at != end) {
      return new Forking.NoEnd(end);
    }
    Kept child = insert(tenant, request, parent.session.agent());
    child.fork = origin;
    long change = changes.head(tenant);
    for (LoggedEvent event : parent.events.subList(0, (int) end)) {
      child.events.add(
          new LoggedEvent(
              child.session.id(), event.turn(), event.number(), event.at(), event.event(), change));
    }
    child.session = child.session.at(child.session.updatedAt(), end);
    return new Forking.Forked(child.session);
  }

  private static boolean isBeside(Kept kept, long number) {
    return number <= kept.events.size()
        && kept.events.get((int) number - 1).event() instanceof WindowChange;
  }

  @Override
  public Optional<Session> find(TenantId tenant, SessionId session, @Nullable Instant asOf) {
    return guard.inTransaction(
        "find session", () -> kept(tenant, session).flatMap(k -> then(tenant, k, asOf)));
  }

  @Override
  public Page<Session> list(
      TenantId tenant, Scope filter, int limit, @Nullable String after, @Nullable Instant asOf) {
    Page.requireLimit(limit);
    return guard.inTransaction(
        "list sessions",
        () -> {
          NavigableMap<String, Kept> all = of(tenant).descendingMap();
          NavigableMap<String, Kept> rest =
              after == null ? all : all.tailMap(new SessionId(after).value(), false);
          List<Session> found =
              rest.values().stream()
                  .flatMap(k -> then(tenant, k, asOf).stream())
                  .filter(s -> filter.admits(s.scope()))
                  .limit(limit + 1L)
                  .toList();
          return found.size() <= limit
              ? new Page<>(found, null)
              : new Page<>(found.subList(0, limit), found.get(limit - 1).id().value());
        });
  }

  @Override
  public Optional<Session> update(TenantId tenant, SessionId id, SessionPatch patch) {
    return guard.inTransaction(
        "update session",
        () -> {
          Optional<Kept> found = kept(tenant, id);
          found.ifPresent(kept -> patch(tenant, kept, patch));
          return found.map(kept -> kept.session);
        });
  }

  @Override
  public Optional<EraseReceipt> erase(TenantId tenant, SessionId id) {
    return guard.inTransaction(
        "erase session",
        () -> {
          Kept kept = of(tenant).remove(id.value());
          if (kept == null) {
            return Optional.empty();
          }
          idempotency.values().remove(id);
          changes.forget(tenant, id.value());
          Erased erased = memories.eraseSaidIn(tenant, id.value());
          changes.add(tenant, "session_erased", id.value(), now());
          return Optional.of(new EraseReceipt(id, kept.events.size(), erased, now()));
        });
  }

  @Override
  public Acceptance accept(TenantId tenant, SessionId session, TurnId proposed, UserSaid said) {
    return guard.inTransaction(
        "accept turn",
        () ->
            kept(tenant, session)
                .map(kept -> acceptGuarded(tenant, kept, proposed, said))
                .orElseGet(Acceptance.Gone::new));
  }

  @Override
  public Appended append(TenantId tenant, SessionId session, NewEvent event, NodeId owner) {
    return guard.inTransaction(
        "append event",
        () ->
            kept(tenant, session)
                .map(kept -> appendGuarded(tenant, kept, event, owner))
                .orElseGet(Appended.Gone::new));
  }

  @Override
  public Appended note(TenantId tenant, SessionId session, long number, WindowChange change) {
    return guard.inTransaction(
        "note window",
        () ->
            kept(tenant, session)
                .map(kept -> noteGuarded(tenant, kept, number, change))
                .orElseGet(Appended.Gone::new));
  }

  private Appended noteGuarded(TenantId tenant, Kept kept, long number, WindowChange change) {
    if (number != kept.events.size() + 1L) {
      return new Appended.Stale(kept.events.size());
    }
    return kept.events.isEmpty()
        ? new Appended.NotOpen(null)
        : new Appended.Written(add(tenant, kept, kept.events.getLast().turn(), change));
  }

  @Override
  public List<LoggedEvent> read(
      TenantId tenant, SessionId session, long after, int limit, @Nullable Instant asOf) {
    Page.requireLimit(limit);
    return guard.inTransaction(
        "read events",
        () -> kept(tenant, session).map(k -> cut(k, after, limit, asOf)).orElse(List.of()));
  }

  @Override
  public List<LoggedEvent> readTurn(TenantId tenant, SessionId session, TurnId turn) {
    return guard.inTransaction(
        "read turn",
        () ->
            kept(tenant, session).stream()
                .flatMap(kept -> kept.events.stream())
                .filter(event -> event.turn().equals(turn))
                .filter(event -> !(event.event() instanceof WindowChange))
                .toList());
  }

  @Override
  public List<OpenTurn> openTurns(@Nullable OpenTurn after, int limit) {
    Page.requireLimit(limit);
    return guard.inTransaction(
        "find open turns",
        () -> {
          List<OpenTurn> open = new ArrayList<>();
          tenants.forEach((tenant, sessions) ->
              sessions.values().stream()
                  .filter(kept -> kept.openTurn != null)
                  .map(kept -> openTurn(new TenantId(tenant), kept))
                  .forEach(open::add));
          int from = after == null ? 0 : open.indexOf(after) + 1;
          return open.stream().skip(from).limit(limit).toList();
        });
  }

  @Override
  public List<Change> changes(TenantId tenant, long after, int limit) {
    Page.requireLimit(limit);
    return guard.inTransaction("read changes", () -> changes.after(tenant, after, limit));
  }

  @Override
  public boolean lease(TenantId tenant, SessionId session, NodeId owner, Duration duration) {
    if (!duration.isPositive() || duration.compareTo(LEASE_MAX) > 0) {
      throw new IllegalArgumentException("a lease lasts more than 0 and at most " + LEASE_MAX);
    }
    return guard.inTransaction(
        "lease session",
        () ->
            kept(tenant, session)
                .filter(kept -> owner.equals(kept.leaseOwner) || !kept.leaseUntil.isAfter(now()))
                .map(kept -> take(kept, owner, now().plus(duration)))
                .isPresent());
  }

  @Override
  public void release(TenantId tenant, SessionId session, NodeId owner) {
    guard.inTransaction(
        "release session",
        () ->
            kept(tenant, session)
                .filter(kept -> owner.equals(kept.leaseOwner))
                .map(kept -> take(kept, null, Instant.EPOCH)));
  }

  private Creation createGuarded(TenantId tenant, NewSession request) {
    SessionId known = known(tenant, request);
    if (known != null) {
      Kept kept = kept(tenant, known).orElseThrow();
      return kept.fork == null && isSame(kept.request, request)
          ? new Creation.Existing(kept.session)
          : new Creation.Conflict();
    }
    Agent agent = request.agent();
    return new Creation.Created(
        insert(tenant, request, agent == null ? null : agent.pin()).session);
  }

  /** The version of an agent is not asked for, it is what was newest. */
  private static boolean isSame(NewSession one, NewSession other) {
    return Objects.equals(agentOf(one), agentOf(other)) && bare(one).equals(bare(other));
  }

  private static @Nullable AgentId agentOf(NewSession request) {
    return request.agent() == null ? null : request.agent().id();
  }

  private static NewSession bare(NewSession request) {
    return new NewSession(
        request.title(),
        request.model(),
        request.instructions(),
        request.scope(),
        request.contextBudgetTokens(),
        request.sampling(),
        request.idempotencyKey(),
        request.tools(),
        null);
  }

  private @Nullable SessionId known(TenantId tenant, NewSession request) {
    return request.idempotencyKey() == null ? null : idempotency.get(key(tenant, request));
  }

  private static List<Object> key(TenantId tenant, NewSession request) {
    List<Object> key = new ArrayList<>(List.of(tenant, request.settled().scope()));
    key.add(Objects.requireNonNullElse(request.idempotencyKey(), ""));
    return key;
  }

  private Kept insert(TenantId tenant, NewSession asked, @Nullable AgentVersion agent) {
    NewSession request = asked.settled();
    SessionId id = new SessionId(ids.next(SessionId.PREFIX));
    Instant now = now();
    Session session =
        new Session(
            id,
            request.title(),
            request.model(),
            request.instructions(),
            request.scope(),
            request.contextBudgetTokens(),
            request.sampling(),
            now,
            now,
            0,
            agent,
            Objects.requireNonNullElse(request.tools(), List.of()));
    Kept kept = new Kept(asked, session);
    of(tenant).put(id.value(), kept);
    if (request.idempotencyKey() != null) {
      idempotency.put(key(tenant, asked), id);
    }
    changes.add(tenant, "session_created", id.value(), now);
    return kept;
  }

  private void patch(TenantId tenant, Kept kept, SessionPatch patch) {
    Session s = kept.session;
    List<Tool> tools = patch.tools().applyTo(s.tools());
    Session patched =
        new Session(
            s.id(),
            patch.title().applyTo(s.title()),
            s.model(),
            patch.instructions().applyTo(s.instructions()),
            s.scope(),
            s.contextBudgetTokens(),
            patch.sampling().applyTo(s.sampling()),
            s.createdAt(),
            s.updatedAt(),
            s.lastEvent(),
            s.agent(),
            tools == null ? List.of() : tools);
    if (!patched.equals(s)) {
      kept.session = patched.at(now(), s.lastEvent());
      changes.add(tenant, "session_updated", s.id().value(), now());
    }
  }

  private Acceptance acceptGuarded(TenantId tenant, Kept kept, TurnId proposed, UserSaid said) {
    for (LoggedEvent event : kept.events) {
      if (event.event() instanceof UserSaid before
          && (event.turn().equals(proposed)
              || (said.clientTurnId() != null
                  && said.clientTurnId().equals(before.clientTurnId())))) {
        return new Acceptance.Repeated(event.turn());
      }
    }
    if (kept.openTurn != null) {
      return new Acceptance.Busy(kept.openTurn);
    }
    return new Acceptance.Accepted(add(tenant, kept, proposed, said));
  }

  private Appended appendGuarded(TenantId tenant, Kept kept, NewEvent appended, NodeId owner) {
    TurnId turn = appended.turn();
    TurnEvent event = appended.event();
    if (!owner.equals(kept.leaseOwner) || !kept.leaseUntil.isAfter(now())) {
      return new Appended.LeaseLost();
    }
    if (appended.number() != kept.events.size() + 1L) {
      return new Appended.Stale(kept.events.size());
    }
    boolean open = turn.equals(kept.openTurn);
    boolean mayReopen = event instanceof Recalled || event instanceof Planned;
    boolean opens = kept.openTurn == null && mayReopen && interrupted(kept, turn);
    if (!open && !opens) {
      return new Appended.NotOpen(kept.openTurn);
    }
    memories.store(tenant, appended.remembered(), null);
    return new Appended.Written(add(tenant, kept, turn, event));
  }

  private static boolean interrupted(Kept kept, TurnId turn) {
    return kept.events.reversed().stream()
        .filter(event -> event.turn().equals(turn))
        .filter(event -> !(event.event() instanceof WindowChange))
        .findFirst()
        .filter(last ->
            last.event() instanceof TurnFailed(FailureType type, String detail)
                && type == FailureType.INTERRUPTED)
        .isPresent();
  }

  private LoggedEvent add(TenantId tenant, Kept kept, TurnId turn, TurnEvent event) {
    SessionId id = kept.session.id();
    long number = kept.events.size() + 1L;
    long change = changes.add(tenant, "event_appended", id.value(), now());
    LoggedEvent logged = new LoggedEvent(id, turn, number, now(), event, change);
    kept.events.add(logged);
    if (!(event instanceof WindowChange)) {
      kept.openTurn = event.isTerminal() ? null : turn;
    }
    kept.session = kept.session.at(logged.at(), number);
    return logged;
  }

  private Optional<Session> then(TenantId tenant, Kept kept, @Nullable Instant asOf) {
    Session s = kept.session;
    if (asOf == null) {
      return Optional.of(s);
    }
    long last =
        kept.events.stream()
            .filter(event -> !event.at().isAfter(asOf))
            .mapToLong(LoggedEvent::number)
            .max()
            .orElse(0);
    return s.createdAt().isAfter(asOf)
        ? Optional.empty()
        : Optional.of(s.at(changes.lastOf(tenant, s.id().value(), asOf).orElseThrow(), last));
  }

  private List<LoggedEvent> cut(Kept kept, long after, int limit, @Nullable Instant asOf) {
    List<LoggedEvent> part = new ArrayList<>();
    long characters = 0;
    for (LoggedEvent event : kept.events) {
      boolean isThen = asOf == null || !event.at().isAfter(asOf);
      if (isThen && event.number() > after && part.size() < limit) {
        characters += codec.encode(event.event()).length();
        if (!part.isEmpty() && characters > READ_CHARACTERS_MAX) {
          return part;
        }
        part.add(event);
      }
    }
    return part;
  }

  private static Kept take(Kept kept, @Nullable NodeId owner, Instant until) {
    kept.leaseOwner = owner;
    kept.leaseUntil = until;
    return kept;
  }

  private static OpenTurn openTurn(TenantId tenant, Kept kept) {
    return new OpenTurn(tenant, kept.session.id(), Objects.requireNonNull(kept.openTurn));
  }

  private Optional<Kept> kept(TenantId tenant, SessionId session) {
    return Optional.ofNullable(of(tenant).get(session.value()));
  }

  private NavigableMap<String, Kept> of(TenantId tenant) {
    return tenants.computeIfAbsent(tenant.value(), t -> new TreeMap<>());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
