package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.Acceptance;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.OpenTurn;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.Manner;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.bridge.TextModel;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs turns, each on a virtual thread of its own, under its session's lease. Knows which are at
 * work here and which wait for their clients, and puts no second thread to work on one; what a turn
 * does is in {@link TurnLoop}. Safe for many threads.
 */
public final class TurnRunner implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(3);
  private static final Duration LOOK = Duration.ofMillis(20);

  private final StoreLink store;
  private final ModelSlot models;
  private final TurnLimits limits;
  private final Node node;
  private final Patience patience;
  private final TurnTeller teller;
  private final TurnLoop loop;
  private final ClientCalls calls;
  private final TurnMemories memories;
  private final TurnOpening opening;
  private final Map<TurnId, RunningTurn> running = new ConcurrentHashMap<>();
  private final WaitingTurns waiting = new WaitingTurns();
  private final Set<TurnId> broken = ConcurrentHashMap.newKeySet();

  /** Takes its parts; nothing runs yet. */
  public TurnRunner(
      TurnSources sources,
      ModelSlot models,
      TurnLimits limits,
      Feeds feeds,
      Node node,
      List<TurnObserver> observers) {
    this.store = sources.store();
    this.models = models;
    this.limits = limits;
    this.node = node;
    this.patience = new Patience(node.clock());
    TurnLog log = new TurnLog(store, node, patience);
    TurnSteps steps = new TurnSteps(sources, log, feeds, node, patience);
    this.teller = new TurnTeller(feeds, observers, steps);
    this.loop = new TurnLoop(models, limits, node.clock(), log, steps, teller);
    this.calls = new ClientCalls(log, loop, node.clock());
    this.memories = new TurnMemories(store);
    this.opening = new TurnOpening(limits, node.random());
  }

  /**
   * Asks a session for a turn. When this returns {@link Started.Running} the turn is committed and
   * will be finished, whatever happens to the process or to whoever asked.
   *
   * @param session as it was just read
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away; with a client turn
   *     id the same request may then be repeated
   */
  public Started start(TenantId tenant, Session session, TurnRequest request) {
    if (patience.isStopping()) {
      return new Started.Stopping();
    }
    return switch (models) {
      case ModelSlot.Missing(String reason, boolean isBroken) -> new Started.NoModel(reason);
      case ModelSlot.Loaded loaded -> {
        Optional<TextModel> model = loaded.find(session.model());
        yield model.isPresent()
            ? start(tenant, session, request, model.get())
            : new Started.NoModel(
                "the session's model '"
                    + session.model()
                    + "' is not loaded here, unlike "
                    + loaded.names());
      }
    };
  }

  /** Asks for a turn to be stopped; empty when there is no such turn. */
  public Optional<Started> cancel(TenantId tenant, Session session, TurnId turn) {
    SessionKey key = new SessionKey(tenant, session.id());
    RunningTurn known = running.computeIfPresent(turn, (id, one) -> stopped(one, key));
    if (known != null && known.session().equals(key)) {
      return Optional.of(new Started.Running(known, true, true));
    }
    List<LoggedEvent> events = store.sessions().readTurn(tenant, session.id(), turn);
    if (events.isEmpty()) {
      return Optional.empty();
    }
    TurnState state = TurnMachine.fold(events);
    if (state.ended() != null) {
      return Optional.of(new Started.Ended(memories.result(tenant, state)));
    }
    // Before it is at work: a turn that waits for its client is at work for a moment only.
    RunningTurn mine = stopped(new RunningTurn(key, turn, Manner.UNTOLD), key);
    Started.Running taken = launch(mine, state, true);
    return mine.equals(taken.turn()) ? Optional.of(taken) : cancel(tenant, session, turn);
  }

  private static RunningTurn stopped(RunningTurn turn, SessionKey session) {
    if (turn.session().equals(session)) {
      turn.stop();
    }
    return turn;
  }

  /**
   * Takes what a client says came of a call. When this returns {@link Taken.Committed} it is
   * written down, and the turn goes on whatever happens.
   *
   * @param session as it was just read
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away; the same answer may
   *     then be repeated
   */
  public Taken answer(TenantId tenant, Session session, CallAnswer answer) {
    if (patience.isStopping()) {
      return new Taken.Refused(new Started.Stopping());
    }
    Optional<TextModel> model = models.find(session.model());
    if (model.isEmpty()) {
      return new Taken.Refused(new Started.NoModel("There is no model to go on with."));
    }
    SessionKey key = new SessionKey(tenant, session.id());
    Instant end = node.clock().instant().plus(GRACE);
    try {
      while (node.clock().instant().isBefore(end)) {
        Optional<Taken> taken = take(key, model.get(), answer);
        if (taken.isPresent()) {
          return taken.get();
        }
        Duration next = patience.pause(LOOK);
        assert next.isPositive();
      }
      return new Taken.Left(new TurnOutcome.Elsewhere());
    } catch (LeftOpenException e) {
      return new Taken.Left(e.outcome());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Taken.Left(new TurnOutcome.Stopped());
    }
  }

  /** Empty while somebody else is at work on the turn, which takes no longer than to wait again. */
  private Optional<Taken> take(SessionKey key, TextModel model, CallAnswer answer)
      throws InterruptedException {
    List<LoggedEvent> events =
        store.sessions().readTurn(key.tenant(), key.session(), answer.turn());
    if (events.isEmpty()) {
      return Optional.of(new Taken.NoTurn());
    }
    TurnState state = TurnMachine.fold(events);
    RunningTurn mine = new RunningTurn(key, answer.turn(), Manner.UNTOLD);
    return switch (ClientCalls.look(state, answer)) {
      case ClientCalls.Look.Refused(Taken why) -> Optional.of(why);
      case ClientCalls.Look.Over over ->
          Optional.of(new Taken.Over(memories.result(key.tenant(), state)));
      case ClientCalls.Look.Known known ->
          Optional.of(
              Taken.committed(
                  state.ended() == null
                      ? repeat(mine)
                      : new Started.Ended(memories.result(key.tenant(), state)),
                  state,
                  answer));
      case ClientCalls.Look.Asked asked ->
          running.putIfAbsent(mine.turn(), mine) == null
              ? write(mine, model, state, answer)
              : Optional.empty();
    };
  }

  /** Writes the answer down and goes on; empty where the turn has changed meanwhile. */
  private Optional<Taken> write(
      RunningTurn mine, TextModel model, TurnState state, CallAnswer answer)
      throws InterruptedException {
    boolean isBegun = false;
    try {
      Optional<TurnState> after = calls.write(mine, model, state, answer);
      if (after.isEmpty()) {
        return Optional.empty();
      }
      boolean isTold = teller.isToldOf(mine.session(), mine.turn());
      if (isTold) {
        teller.answered(mine, after.get(), ClientCalls.answered(after.get(), answer));
      }
      isBegun = true;
      return Optional.of(
          Taken.committed(begin(mine, after.get(), true, isTold), after.get(), answer));
    } finally {
      if (!isBegun) {
        forget(mine);
      }
    }
  }

  /** It was at work in name only. */
  private void forget(RunningTurn turn) {
    waiting.remove(turn.turn());
    running.remove(turn.turn(), turn);
    turn.end(new TurnOutcome.StoreAway("the client's answer was not written"));
  }

  /** Goes on with a turn that nobody works on; false when somebody does, or it cannot be read. */
  public boolean resume(OpenTurn open) {
    boolean isKnown =
        running.containsKey(open.turn())
            || broken.contains(open.turn())
            || waiting.isAwaited(open.turn(), node.clock().instant());
    if (isKnown || patience.isStopping()) {
      return false;
    }
    SessionKey key = new SessionKey(open.tenant(), open.session());
    List<LoggedEvent> events =
        store.sessions().readTurn(open.tenant(), open.session(), open.turn());
    if (events.isEmpty()) {
      return false;
    }
    TurnState state = TurnMachine.fold(events);
    if (state.ended() != null) {
      return false;
    }
    launch(new RunningTurn(key, open.turn(), Manner.UNTOLD), state, true);
    return true;
  }

  /**
   * Looks at turns that wait for their clients and are not open any more: another process went on
   * with them, or their session was erased. Those who watch are told.
   *
   * @param open all turns that were open just now
   */
  public void review(Set<TurnId> open) {
    waiting
        .beside(open)
        .forEach((turn, key) -> {
          List<LoggedEvent> events = store.sessions().readTurn(key.tenant(), key.session(), turn);
          TurnState state = events.isEmpty() ? null : TurnMachine.fold(events);
          if (state == null || state.ended() != null) {
            waiting.remove(turn);
            teller.published(
                new RunningTurn(key, turn, Manner.UNTOLD),
                state == null
                    ? new TurnOutcome.Erased()
                    : new TurnOutcome.Ended(memories.result(key.tenant(), state)));
          }
        });
  }

  /** What turns are held to. */
  public TurnLimits limits() {
    return limits;
  }

  /** Turns at work. */
  public int running() {
    return running.size();
  }

  /** Leaves all turns open for the next start and waits briefly for their threads. */
  @Override
  public void close() {
    patience.stop();
    Instant end = node.clock().instant().plus(GRACE);
    for (RunningTurn turn : List.copyOf(running.values())) {
      turn.silence();
      turn.awaitUntil(Duration.between(node.clock().instant(), end));
    }
  }

  private Started start(TenantId tenant, Session session, TurnRequest request, TextModel model) {
    Optional<Started> refused = opening.refusal(request, session, model);
    if (refused.isPresent()) {
      return refused.get();
    }
    TurnId proposed = new TurnId(node.ids().next(TurnId.PREFIX));
    TurnEvent.UserSaid said = opening.said(request, session, model.card().contextTokens());
    SessionKey key = new SessionKey(tenant, session.id());
    return switch (store.sessions().accept(tenant, session.id(), proposed, said)) {
      case Acceptance.Accepted(LoggedEvent first) ->
          launch(new RunningTurn(key, proposed, request.told()), TurnState.opened(first), false);
      case Acceptance.Repeated(TurnId turn) -> repeat(new RunningTurn(key, turn, request.told()));
      case Acceptance.Busy(TurnId other) -> new Started.Busy(other);
      case Acceptance.Gone gone -> new Started.NoSession();
    };
  }

  /** Goes on with a turn that was asked for before, as {@code mine} if nobody works on it. */
  private Started repeat(RunningTurn mine) {
    SessionKey key = mine.session();
    TurnId turn = mine.turn();
    RunningTurn known = running.get(turn);
    if (known != null) {
      return new Started.Running(known, true, true);
    }
    List<LoggedEvent> events = store.sessions().readTurn(key.tenant(), key.session(), turn);
    if (events.isEmpty()) {
      return new Started.NoSession();
    }
    TurnState state = TurnMachine.fold(events);
    if (state.ended() == null) {
      return launch(mine, state, true);
    }
    if (state.mayRunAgain()) {
      return launch(mine, state.again(node.clock().instant()), true);
    }
    return new Started.Ended(memories.result(key.tenant(), state));
  }

  /** Puts a thread to work on the turn, unless one is. */
  private Started.Running launch(RunningTurn mine, TurnState state, boolean isRepeated) {
    RunningTurn other = running.putIfAbsent(mine.turn(), mine);
    return other != null
        ? new Started.Running(other, true, true)
        : begin(mine, state, isRepeated, teller.isToldOf(mine.session(), mine.turn()));
  }

  /**
   * Puts a thread to work on a turn that is marked as at work.
   *
   * @param isTold whether those who watch have heard of it: it waited for its client meanwhile
   */
  private Started.Running begin(
      RunningTurn mine, TurnState state, boolean isRepeated, boolean isTold) {
    waiting.remove(mine.turn());
    teller.begun(mine.session(), mine.turn(), isRepeated);
    if (!isTold) {
      teller.accepted(mine.session(), state, isRepeated);
    }
    TurnState begun = isRepeated ? state.takenUp(node.clock().instant()) : state;
    Thread.ofVirtual().name("turn-" + mine.turn()).start(() -> drive(mine, begun, isTold));
    return new Started.Running(mine, isRepeated, isTold);
  }

  private void drive(RunningTurn turn, TurnState begun, boolean isTold) {
    TurnOutcome outcome = outcome(turn, begun, isTold);
    while (outcome instanceof TurnOutcome.Waiting(WaitingTurn left) && !isLeft(turn, left)) {
      outcome = outcome(turn, begun, true);
    }
    teller.published(turn, outcome);
    running.remove(turn.turn(), turn);
    teller.over(turn, outcome);
    turn.end(outcome);
  }

  /**
   * Leaves a turn to its client; false when it was asked to stop in the last moment. Whoever looks
   * for it finds it at work, or finds it waiting.
   */
  private boolean isLeft(RunningTurn turn, WaitingTurn left) {
    waiting.add(turn.session(), left);
    return running.computeIfPresent(turn.turn(), (id, one) -> one.isStopAsked() ? one : null)
        == null;
  }

  private TurnOutcome outcome(RunningTurn turn, TurnState begun, boolean isTold) {
    try {
      return loop.work(turn, begun, isTold);
    } catch (LeftOpenException e) {
      return e.outcome();
    } catch (InterruptedException e) {
      return new TurnOutcome.Stopped();
    } catch (RuntimeException e) {
      broken.add(turn.turn());
      teller.failed(turn, e);
      return new TurnOutcome.StoreAway(String.valueOf(e.getMessage()));
    }
  }
}
