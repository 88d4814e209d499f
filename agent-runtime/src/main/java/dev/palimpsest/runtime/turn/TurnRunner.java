package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.Acceptance;
import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.NewEvent;
import dev.palimpsest.memory.session.OpenTurn;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.Manner;
import dev.palimpsest.runtime.bridge.ModelException;
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
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Runs turns, each on a virtual thread of its own, under its session's lease. The only place where
 * a turn has effects: it performs what {@link TurnMachine} decides, appends the event, and tells
 * the news once the event is committed. Safe for many threads.
 */
public final class TurnRunner implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(3);

  private final StoreLink store;
  private final ModelSlot models;
  private final TurnLimits limits;
  private final Feeds feeds;
  private final Node node;
  private final List<TurnObserver> observers;
  private final Patience patience;
  private final TurnLog log;
  private final TurnSteps steps;
  private final TurnMemories memories;
  private final TurnOpening opening;
  private final Map<TurnId, RunningTurn> running = new ConcurrentHashMap<>();
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
    this.feeds = feeds;
    this.node = node;
    this.observers = List.copyOf(observers);
    this.patience = new Patience(node.clock());
    this.log = new TurnLog(store, node, patience);
    this.steps = new TurnSteps(sources, log, feeds, node, patience);
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
    RunningTurn known = running.get(turn);
    if (known != null && known.session().equals(key)) {
      known.stop();
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
    Started.Running taken = launch(new RunningTurn(key, turn, Manner.UNTOLD), state, true);
    taken.turn().stop();
    return Optional.of(taken);
  }

  /** Goes on with a turn that nobody works on; false when somebody does, or it cannot be read. */
  public boolean resume(OpenTurn open) {
    if (running.containsKey(open.turn()) || broken.contains(open.turn()) || patience.isStopping()) {
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
    SessionKey key = mine.session();
    TurnId turn = mine.turn();
    RunningTurn other = running.putIfAbsent(turn, mine);
    if (other != null) {
      return new Started.Running(other, true, true);
    }
    observers.forEach(observer -> observer.begun(key, turn, isRepeated));
    feeds.publish(
        key,
        new TurnNews.Accepted(
            turn, state.said().clientTurnId(), state.opened().number(), isRepeated));
    TurnState begun = isRepeated ? state.takenUp(node.clock().instant()) : state;
    Thread.ofVirtual().name("turn-" + turn).start(() -> drive(mine, begun));
    return new Started.Running(mine, isRepeated, false);
  }

  private void drive(RunningTurn turn, TurnState begun) {
    TurnOutcome outcome = outcome(turn, begun);
    feeds.publish(
        turn.session(),
        switch (outcome) {
          case TurnOutcome.Ended(TurnResult result) -> new TurnNews.Ended(result);
          case TurnOutcome.Open open -> new TurnNews.LeftOpen(turn.turn(), open);
        });
    running.remove(turn.turn());
    observers.forEach(observer -> observer.over(turn.session(), turn.turn(), outcome));
    turn.end(outcome);
  }

  private TurnOutcome outcome(RunningTurn turn, TurnState begun) {
    try {
      return work(turn, begun);
    } catch (LeftOpenException e) {
      return e.outcome();
    } catch (InterruptedException e) {
      return new TurnOutcome.Stopped();
    } catch (RuntimeException e) {
      broken.add(turn.turn());
      observers.forEach(observer -> observer.failed(turn.session(), turn.turn(), e));
      return new TurnOutcome.StoreAway(String.valueOf(e.getMessage()));
    }
  }

  /** The loop: decide, perform, append; until the turn has ended. */
  private TurnOutcome work(RunningTurn turn, TurnState begun) throws InterruptedException {
    Instant deadline = begun.since().plus(limits.wallTime());
    SessionKey key = turn.session();
    TurnState state = begun;
    Session session = log.session(key, deadline);
    Optional<TextModel> model = models.find(session.model());
    TurnMachine machine = new TurnMachine(limits, model.map(TextModel::fingerprint));
    long last = session.lastEvent();
    if (!log.lease(key, deadline)) {
      return new TurnOutcome.Elsewhere();
    }
    tell(turn, state, deadline);
    TurnEvent unwritten = null;
    while (true) {
      TurnState now = turn.isStopAsked() ? state.stopping() : state;
      Step step = machine.next(now, node.clock().instant());
      if (step instanceof Step.Done) {
        log.release(key);
        return new TurnOutcome.Ended(steps.result(key, state, deadline));
      }
      TurnEvent event =
          unwritten == null ? perform(new Work(turn, model, deadline), now, step) : unwritten;
      NewEvent next =
          new NewEvent(
              turn.turn(),
              last + 1,
              event,
              steps.remembered(key, state, event, last + 1, deadline));
      switch (log.append(key, next, deadline)) {
        case TurnLog.Written.Event(LoggedEvent written) -> {
          last = written.number();
          unwritten = null;
          state = state.after(written);
          tell(turn, state, event, deadline);
        }
        case TurnLog.Written.ReadAgain(long newest) -> {
          long beside = log.besideTurns(key, last, deadline);
          boolean isBeside = beside > last;
          // Where the window changed and nothing else, what was done is not done again.
          unwritten = isBeside ? event : null;
          state = isBeside ? state : readAgain(turn, begun, newest != last, deadline);
          last = isBeside ? beside : newest;
        }
      }
    }
  }

  /**
   * The turn as the log tells it.
   *
   * @param isNews whether something was written that was not known
   */
  private TurnState readAgain(
      RunningTurn turn, TurnState begun, boolean isNews, Instant deadline)
      throws InterruptedException {
    TurnState read = TurnMachine.fold(log.turn(turn.session(), turn.turn(), deadline));
    boolean isStillToRunAgain = begun.isAgain() && read.mayRunAgain() && isNews;
    return isStillToRunAgain ? read.again(begun.since()) : read.takenUp(begun.since());
  }

  private TurnEvent perform(Work work, TurnState state, Step step) throws InterruptedException {
    RunningTurn turn = work.turn;
    Instant deadline = work.deadline;
    try {
      return switch (step) {
        case Step.Recall recall -> recall(work, state);
        case Step.Plan plan -> steps.plan(turn.session(), work.model(), state, deadline);
        case Step.Generate(TurnEvent.Planned planned) ->
            steps.generate(turn, work.model(), state, planned, deadline);
        case Step.CallTool(TurnEvent.ToolCalled called) -> callTool(work, state, called);
        case Step.Fail(FailureType type, String detail) -> new TurnEvent.TurnFailed(type, detail);
        case Step.Done done -> throw new IllegalStateException("nothing is left to perform");
      };
    } catch (LeftOpenException e) {
      throw e;
    } catch (ModelException e) {
      return new TurnEvent.TurnFailed(FailureType.MODEL_FAILED, detail(e));
    } catch (RuntimeException e) {
      observers.forEach(observer -> observer.failed(turn.session(), turn.turn(), e));
      return new TurnEvent.TurnFailed(
          FailureType.MODEL_FAILED, "Something is wrong in the service; its log says what.");
    }
  }

  private TurnEvent recall(Work work, TurnState state) throws InterruptedException {
    return orElse(
        work.turn,
        ModelException.class::isInstance,
        () -> steps.recall(work.turn.session(), work.model(), state, work.deadline),
        () -> steps.nothing(state));
  }

  /**
   * What a tool said is not lost because it cannot be measured; then nothing of it is read but how
   * long it was.
   */
  private TurnEvent callTool(Work work, TurnState state, TurnEvent.ToolCalled called)
      throws InterruptedException {
    TurnEvent came =
        orElse(
            work.turn,
            broken -> false,
            () -> steps.callTool(work.turn, state, called, work.deadline),
            () -> ToolMessages.broken(called));
    if (!(came instanceof TurnEvent.ToolAnswered answered)) {
      return came;
    }
    SessionKey key = work.turn.session();
    return orElse(
        work.turn,
        broken -> false,
        () -> steps.fitting(key, work.model(), state, called, answered, work.deadline),
        () -> ToolMessages.untold(answered));
  }

  /**
   * What breaks is told to whoever looks after the service; the turn goes on with another event.
   *
   * @param isPassedOn what ends the turn all the same
   */
  private TurnEvent orElse(
      RunningTurn turn,
      Predicate<RuntimeException> isPassedOn,
      Part part,
      Supplier<TurnEvent> other)
      throws InterruptedException {
    try {
      return part.perform();
    } catch (RuntimeException e) {
      if (e instanceof LeftOpenException || isPassedOn.test(e)) {
        throw e;
      }
      observers.forEach(observer -> observer.failed(turn.session(), turn.turn(), e));
      return other.get();
    }
  }

  /** Tells what was done before this process took the turn up. */
  private void tell(RunningTurn turn, TurnState state, Instant deadline)
      throws InterruptedException {
    if (state.recalled() != null) {
      tell(turn, state, state.recalled(), deadline);
    }
    for (ToolUse use : state.uses()) {
      tell(turn, state, use.called(), deadline);
      if (use.answered() != null) {
        tell(turn, state, use.answered(), deadline);
      }
    }
  }

  /** Tells an event, once it is committed. */
  private void tell(RunningTurn turn, TurnState state, TurnEvent event, Instant deadline)
      throws InterruptedException {
    SessionKey key = turn.session();
    if (event instanceof TurnEvent.Recalled recalled) {
      feeds.publish(key, steps.news(key, turn.turn(), recalled, deadline));
    } else if (event instanceof TurnEvent.ToolCalled called) {
      feeds.publish(key, new TurnNews.ToolCalled(turn.turn(), called));
    } else if (event instanceof TurnEvent.ToolAnswered answered) {
      feeds.publish(
          key, new TurnNews.ToolAnswered(turn.turn(), state.tool(answered.call()), answered));
    }
  }

  /** Part of a turn that the turn can do without. */
  private interface Part {
    TurnEvent perform() throws InterruptedException;
  }

  /**
   * A turn that is worked on.
   *
   * @param found its session's model, empty where that is not loaded
   */
  private record Work(RunningTurn turn, Optional<TextModel> found, Instant deadline) {
    TextModel model() {
      return found.orElseThrow(
          () -> new IllegalStateException("the machine asks only for what there is"));
    }
  }

  private static String detail(ModelException e) {
    String text = String.valueOf(e.getMessage());
    return text.substring(0, Math.min(text.length(), TurnEvent.TurnFailed.DETAIL_CHARACTERS_MAX));
  }
}
