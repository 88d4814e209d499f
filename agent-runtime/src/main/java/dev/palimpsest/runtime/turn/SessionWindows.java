package dev.palimpsest.runtime.turn;

import dev.palimpsest.compress.kv.Policy;
import dev.palimpsest.compress.plan.WindowBudget;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.Appended;
import dev.palimpsest.memory.session.CompactionId;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.WindowChange;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.Prompt;
import dev.palimpsest.runtime.bridge.SessionPasts;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.bridge.TextModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Shows what is in the windows of sessions, makes their beginnings shorter, and exact again. Safe
 * for many threads. All throw {@link dev.palimpsest.memory.MemoryStoreException} when the store is
 * away, and {@link dev.palimpsest.runtime.bridge.ModelException} when the model's template refuses
 * the session's past.
 */
public final class SessionWindows {
  /** So many of the newest turns stay exact. */
  static final int RECENT_TURNS = 2;

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int EVENTS_READ = 500;

  /** As no input begins; two conversations that end with it differ from there on. */
  private static final String ELSE = "\u0436qz";

  private final StoreLink store;
  private final ModelSlot models;
  private final Feeds feeds;
  private final TurnLimits limits;
  private final Node node;
  private final TurnMemories memories;
  private final WindowLog log;

  /** How asking for a change ended. */
  public sealed interface Outcome {
    /** The next turn reads a part of the window as fewer keys. */
    record Compacted(WindowChange.Compacted part) implements Outcome {}

    /** It reads everything exactly; {@code part} is what was given up, null where nothing was. */
    record Expanded(WindowChange.@Nullable Compacted part) implements Outcome {}

    /** Nothing of the window may become shorter. */
    record Nothing(String detail) implements Outcome {}

    /** Nothing of this session ever can. */
    record Unable(String detail) implements Outcome {}

    /** Not now; nothing has changed. */
    record Failed(String detail) implements Outcome {}

    /** There is no compacted part with this segment. */
    record NoSegment() implements Outcome {}

    /** The session was erased meanwhile. */
    record Gone() implements Outcome {}
  }

  /** Takes its parts. */
  public SessionWindows(
      StoreLink store, ModelSlot models, Feeds feeds, TurnLimits limits, Node node) {
    this.store = store;
    this.models = models;
    this.feeds = feeds;
    this.limits = limits;
    this.node = node;
    this.memories = new TurnMemories(store);
    this.log = new WindowLog(store);
  }

  /** The model that answers in a session; empty where it is not loaded. */
  public Optional<TextModel> model(Session session) {
    return models.find(session.model());
  }

  /** Shows a session's window. */
  public SessionWindow look(TenantId tenant, Session session, TextModel model) {
    List<LoggedEvent> events = events(tenant, session);
    WindowReading reading = reading(tenant, session, model, events);
    SessionPasts.Standing standing =
        WindowLog.newest(events)
            .map(part -> new SessionPasts.Standing(part, isInUse(tenant, model, part, reading)))
            .orElse(null);
    Set<TurnId> compact =
        standing != null && standing.isInUse() ? Set.copyOf(standing.part().turns()) : Set.of();
    List<MemoryLine> recalled = recalled(tenant, events, model);
    return new SessionWindow(
        model.card().id(),
        reading.promptTokens(),
        reading.segments(compact, recalled, shares(tenant, session, model, reading.kept())),
        standing);
  }

  /** Of what stands before the turns, and of each of them; empty where they are not known. */
  private static double[] shares(
      TenantId tenant, Session session, TextModel model, Conversation kept) {
    List<Prompt> begins = new ArrayList<>();
    for (int turn = 0; turn < kept.past().size(); turn++) {
      begins.add(before(kept, turn));
    }
    return model
        .pasts()
        .flatMap(pasts -> pasts.attention(tenant, session.id(), kept.prompt(), begins))
        .orElseGet(() -> new double[0]);
  }

  /** Has in common with a conversation what stands before one of its turns, and no more. */
  private static Prompt before(Conversation kept, int turn) {
    return kept.withPast(kept.past().subList(0, turn)).asking(ELSE).prompt();
  }

  private static boolean isInUse(
      TenantId tenant, TextModel model, WindowChange.Compacted part, WindowReading reading) {
    return model
        .pasts()
        .filter(pasts -> pasts.isInUse(tenant, part.compaction(), reading.kept().prompt()))
        .isPresent();
  }

  /**
   * Makes the beginning of a session's window shorter: all whole pages between the instructions and
   * the newest {@value #RECENT_TURNS} turns. Waits for it. The log names it when this returns, and
   * an earlier compaction is given up.
   *
   * @param ratio tokens before ÷ after, at least 1
   */
  public Outcome compact(
      TenantId tenant, Session session, TextModel model, Policy policy, double ratio)
      throws InterruptedException {
    Optional<SessionPasts> pasts = model.pasts();
    if (pasts.isEmpty()) {
      return new Outcome.Unable("The cache of '" + model.card().id() + "' is not kept here.");
    }
    Optional<String> refusal = pasts.get().refusal();
    if (refusal.isPresent()) {
      return new Outcome.Unable("The model's " + refusal.get() + ".");
    }
    List<LoggedEvent> events = events(tenant, session);
    Conversation kept = reading(tenant, session, model, events).kept();
    Optional<SessionPasts.Order> order = order(pasts.get(), kept, policy, ratio);
    if (order.isEmpty()) {
      return new Outcome.Nothing(
          "Of the "
              + kept.past().size()
              + " turns in the window the newest "
              + RECENT_TURNS
              + " stay as they are, and those before them have to fill pages of "
              + SessionPasts.PAGE
              + " tokens.");
    }
    return switch (pasts.get().compact(tenant, session.id(), order.get(), PATIENCE)) {
      case SessionPasts.Outcome.None(String reason) -> failed(tenant, session, model, reason);
      case SessionPasts.Outcome.Done(WindowChange.Compacted part) -> {
        Work work = new Work(new SessionKey(tenant, session.id()), model, pasts.get(), part);
        yield noted(work, WindowLog.newest(events));
      }
    };
  }

  /** A part that was compacted and that no log names yet. */
  private record Work(
      SessionKey key, TextModel model, SessionPasts pasts, WindowChange.Compacted part) {
    void drop() {
      pasts.drop(key.tenant(), key.session(), part.compaction());
    }
  }

  /**
   * What may become shorter: whole pages between what every prompt of the session begins with and
   * the newest turns.
   */
  private Optional<SessionPasts.Order> order(
      SessionPasts pasts, Conversation kept, Policy policy, double ratio) {
    int old = kept.past().size() - RECENT_TURNS;
    if (old < 1) {
      return Optional.empty();
    }
    int exact = Math.max(SessionPasts.SINKS, begin(pasts, kept, 0));
    int end = begin(pasts, kept, old) / SessionPasts.PAGE * SessionPasts.PAGE;
    if (end - exact < SessionPasts.PAGE) {
      return Optional.empty();
    }
    int turns = old;
    while (turns > 1 && begin(pasts, kept, turns - 1) >= end) {
      turns--;
    }
    List<TurnId> whose = kept.past().subList(0, turns).stream().map(Exchange::turn).toList();
    CompactionId id = new CompactionId(node.ids().next(CompactionId.PREFIX));
    return Optional.of(new SessionPasts.Order(id, kept.prompt(), exact, end, whose, policy, ratio));
  }

  /** How many tokens stand before a turn. */
  private static int begin(SessionPasts pasts, Conversation kept, int turn) {
    return pasts.shared(kept.prompt(), before(kept, turn));
  }

  /** Has the log name what was made; where it cannot, nothing is left of it. */
  private Outcome noted(Work work, Optional<WindowChange.Compacted> earlier) {
    try {
      Outcome outcome = checked(work);
      if (outcome instanceof Outcome.Compacted) {
        earlier.ifPresent(before -> work.pasts().giveUp(work.key().tenant(), before.compaction()));
      } else {
        work.drop();
      }
      return outcome;
    } catch (MemoryStoreException e) {
      // Perhaps the log names it all the same; then the session is answered exactly.
      work.drop();
      throw e;
    }
  }

  /**
   * What was taken back or erased while the work went on must not be left in its result. Whoever
   * takes back after this look forgets the result.
   */
  private Outcome checked(Work work) {
    SessionKey key = work.key();
    Session now = store.sessions().find(key.tenant(), key.session()).orElse(null);
    if (now == null) {
      return gone(work);
    }
    List<LoggedEvent> events = events(key.tenant(), now);
    WindowReading reading = reading(key.tenant(), now, work.model(), events);
    if (!isInUse(key.tenant(), work.model(), work.part(), reading)) {
      int pages = work.model().forget(key.tenant());
      assert pages >= 0;
      return new Outcome.Failed("The session's beginning has changed meanwhile.");
    }
    return switch (log.note(key, now.lastEvent(), work.part())) {
      case Appended.Written(LoggedEvent event) -> {
        feeds.publish(key, TurnNews.ContextChanged.of(event.number(), work.part()));
        yield new Outcome.Compacted(work.part());
      }
      case Appended.Stale stale -> new Outcome.Failed("Too much happens in the session.");
      case Appended.Gone none -> gone(work);
      case Appended.NotOpen none -> gone(work);
      case Appended.LeaseLost none -> throw new IllegalStateException("no lease was asked for");
    };
  }

  private static Outcome gone(Work work) {
    int pages = work.model().forget(work.key().tenant());
    assert pages >= 0;
    return new Outcome.Gone();
  }

  /** What was read of a session that was erased meanwhile must not be left in the cache either. */
  private Outcome failed(TenantId tenant, Session session, TextModel model, String reason) {
    if (store.sessions().find(tenant, session.id()).isPresent()) {
      return new Outcome.Failed(reason);
    }
    int pages = model.forget(tenant);
    assert pages >= 0;
    return new Outcome.Gone();
  }

  /**
   * Gives the compacted part of a session up, so that the next turn is exact.
   *
   * @param segment one of its turns, or null
   */
  public Outcome expand(
      TenantId tenant, Session session, TextModel model, @Nullable String segment) {
    WindowChange.Compacted part = WindowLog.newest(events(tenant, session)).orElse(null);
    if (segment != null
        && (part == null
            || part.turns().stream().noneMatch(turn -> turn.value().equals(segment)))) {
      return new Outcome.NoSegment();
    }
    if (part == null) {
      return new Outcome.Expanded(null);
    }
    SessionKey key = new SessionKey(tenant, session.id());
    WindowChange undone = new WindowChange.Expanded(part.compaction(), part.saved().undone());
    return switch (log.note(key, session.lastEvent(), undone)) {
      case Appended.Written(LoggedEvent event) -> {
        model.pasts().ifPresent(pasts -> pasts.drop(tenant, session.id(), part.compaction()));
        feeds.publish(key, TurnNews.ContextChanged.of(event.number(), undone));
        yield new Outcome.Expanded(part);
      }
      case Appended.Stale stale -> new Outcome.Failed("Too much happens in the session.");
      case Appended.Gone none -> new Outcome.Gone();
      case Appended.NotOpen none -> new Outcome.Gone();
      case Appended.LeaseLost none -> throw new IllegalStateException("no lease was asked for");
    };
  }

  private WindowReading reading(
      TenantId tenant, Session session, TextModel model, List<LoggedEvent> events) {
    List<Exchange> past = Exchange.before(Long.MAX_VALUE, events);
    if (!past.isEmpty()) {
      past = memories.unrevoked(new SessionKey(tenant, session.id()), past);
    }
    Optional<TurnEvent.UserSaid> newest = newest(events);
    List<Tool> tools =
        newest
            .map(said -> TurnGenerator.offered(session, model, said))
            .orElseGet(() -> model.callsTools() ? session.tools() : List.of());
    Conversation all =
        new Conversation(
                session.instructions(), List.of(), past, List.of(), "", node.clock().instant())
            .offering(tools);
    int window = model.card().contextTokens();
    int output = outputTokens(newest, window);
    WindowBudget budget = TurnPlanner.budget(window, output, session.contextBudgetTokens());
    return new WindowReading(model, all, budget);
  }

  /** What was asked for last is likely to be asked for again. */
  private static Optional<TurnEvent.UserSaid> newest(List<LoggedEvent> events) {
    return events.reversed().stream()
        .map(LoggedEvent::event)
        .filter(TurnEvent.UserSaid.class::isInstance)
        .map(TurnEvent.UserSaid.class::cast)
        .findFirst();
  }

  private int outputTokens(Optional<TurnEvent.UserSaid> newest, int window) {
    return newest
        .map(said -> Math.min(said.outputTokensMax(), window - 1))
        .orElseGet(() -> Math.max(1, Math.min(limits.outputTokensDefault(), window / 2)));
  }

  /** The newest events, as many as a turn reads. */
  private List<LoggedEvent> events(TenantId tenant, Session session) {
    List<LoggedEvent> events = new ArrayList<>();
    long after = Math.max(0, session.lastEvent() - Conversation.EVENTS_MAX);
    while (events.size() < Conversation.EVENTS_MAX) {
      List<LoggedEvent> page = store.sessions().read(tenant, session.id(), after, EVENTS_READ);
      if (page.isEmpty()) {
        break;
      }
      events.addAll(page);
      after = page.getLast().number();
    }
    return events;
  }

  /** What the newest planned turn read of memory, as far as it may still be shown. */
  private List<MemoryLine> recalled(TenantId tenant, List<LoggedEvent> events, TextModel model) {
    Optional<LoggedEvent> plan =
        events.reversed().stream()
            .filter(one -> one.event() instanceof TurnEvent.Planned)
            .findFirst();
    if (plan.isEmpty() || !(plan.get().event() instanceof TurnEvent.Planned planned)) {
      return List.of();
    }
    List<TurnEvent.Recalled.Found> found =
        events.stream()
            .filter(one -> one.turn().equals(plan.get().turn()))
            .map(LoggedEvent::event)
            .filter(TurnEvent.Recalled.class::isInstance)
            .flatMap(one -> ((TurnEvent.Recalled) one).found().stream())
            .filter(one -> planned.memoriesKept().contains(one.memory()))
            .toList();
    Map<MemoryId, Memory> read = memories.read(tenant, found);
    return planned.memoriesKept().stream()
        .map(read::get)
        .filter(Objects::nonNull)
        .map(memory -> MemoryLine.of(memory, model::harmless))
        .toList();
  }
}
