package dev.palimpsest.runtime.turn;

import dev.palimpsest.compress.kv.Policy;
import dev.palimpsest.compress.plan.WindowBudget;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.CompactPart;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.SessionPasts;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.bridge.TextModel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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
  private final InstantSource clock;
  private final TurnMemories memories;

  /** How asking for a change ended. */
  public sealed interface Outcome {
    /** The next turn reads a part of the window as fewer keys. */
    record Compacted(CompactPart part) implements Outcome {}

    /** It reads everything exactly; {@code part} is what was given up, null where nothing was. */
    record Expanded(@Nullable CompactPart part) implements Outcome {}

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
      StoreLink store, ModelSlot models, Feeds feeds, TurnLimits limits, InstantSource clock) {
    this.store = store;
    this.models = models;
    this.feeds = feeds;
    this.limits = limits;
    this.clock = clock;
    this.memories = new TurnMemories(store);
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
        model
            .pasts()
            .flatMap(pasts -> pasts.standing(tenant, session.id(), reading.kept().prompt()))
            .orElse(null);
    Set<TurnId> compact =
        standing != null && standing.isInUse() ? standing.part().turns() : Set.of();
    List<MemoryLine> recalled = recalled(tenant, events, model);
    return new SessionWindow(
        model.card().id(), reading.promptTokens(), reading.segments(compact, recalled), standing);
  }

  /**
   * Makes the beginning of a session's window shorter: all whole pages between the instructions and
   * the newest {@value #RECENT_TURNS} turns. Waits for it.
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
    Conversation kept = reading(tenant, session, model, events(tenant, session)).kept();
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
      case SessionPasts.Outcome.Done(CompactPart part) -> checked(tenant, session, model, part);
    };
  }

  /**
   * What may become shorter: whole pages between what every prompt of the session begins with and
   * the newest turns.
   */
  private static Optional<SessionPasts.Order> order(
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
    Set<TurnId> whose =
        kept.past().subList(0, turns).stream().map(Exchange::turn).collect(Collectors.toSet());
    return Optional.of(new SessionPasts.Order(kept.prompt(), exact, end, whose, policy, ratio));
  }

  /** How many tokens stand before a turn. */
  private static int begin(SessionPasts pasts, Conversation kept, int turn) {
    Conversation before = kept.withPast(kept.past().subList(0, turn)).asking(ELSE);
    return pasts.shared(kept.prompt(), before.prompt());
  }

  /**
   * What was taken back or erased while the work went on must not be left in its result. Whoever
   * takes back after this look forgets the result.
   */
  private Outcome checked(TenantId tenant, Session session, TextModel model, CompactPart part) {
    Optional<Session> now = store.sessions().find(tenant, session.id());
    SessionPasts.Standing standing =
        now.map(there -> look(tenant, there, model).compact()).orElse(null);
    if (standing == null || !standing.isInUse()) {
      int pages = model.forget(tenant);
      assert pages >= 0;
      return now.isEmpty()
          ? new Outcome.Gone()
          : new Outcome.Failed("The session's beginning has changed meanwhile.");
    }
    tell(tenant, session, true, part.saved());
    return new Outcome.Compacted(part);
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

  private void tell(
      TenantId tenant, Session session, boolean isCompacted, CompactPart.Saved saved) {
    feeds.publish(
        new SessionKey(tenant, session.id()),
        new TurnNews.ContextChanged(isCompacted, saved.tokensBefore(), saved.tokensAfter()));
  }

  /**
   * Gives the compacted part of a session up, so that the next turn is exact.
   *
   * @param segment one of its turns, or null
   */
  public Outcome expand(
      TenantId tenant, Session session, TextModel model, @Nullable String segment) {
    Optional<SessionPasts> pasts = model.pasts();
    if (segment != null
        && look(tenant, session, model).segments().stream()
            .noneMatch(
                one -> one.tier() == WindowSegment.Tier.COMPACT && one.id().equals(segment))) {
      return new Outcome.NoSegment();
    }
    CompactPart part = pasts.flatMap(known -> known.expand(tenant, session.id())).orElse(null);
    if (part != null) {
      tell(tenant, session, false, part.saved().undone());
    }
    return new Outcome.Expanded(part);
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
        new Conversation(session.instructions(), List.of(), past, List.of(), "", clock.instant())
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
