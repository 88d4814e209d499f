package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.SessionLog;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.WindowChange;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells the durable part of a session's past as news, for a reader who has missed it: what was
 * accepted and how it ended, and what became of the window. The words in between are gone, the ends
 * hold them all.
 */
public final class TurnPast {
  /** The newest events that are told; older ones are read from the log itself. */
  public static final int EVENTS_MAX = 1000;

  private final SessionLog log;
  private final TurnMemories memories;
  private final SessionKey session;
  private final Map<TurnId, TurnState> states = new HashMap<>();
  private final List<TurnNews> news = new ArrayList<>();

  private TurnPast(StoreLink store, SessionKey session) {
    this.log = store.sessions();
    this.memories = new TurnMemories(store);
    this.session = session;
  }

  /**
   * The news of all events above a number.
   *
   * @param lastEvent number of the newest event
   */
  public static List<TurnNews> read(
      StoreLink store, SessionKey session, long above, long lastEvent) {
    TurnPast past = new TurnPast(store, session);
    long after = Math.max(above, lastEvent - EVENTS_MAX);
    while (after < lastEvent) {
      List<LoggedEvent> page =
          past.log.read(session.tenant(), session.session(), after, EVENTS_MAX);
      if (page.isEmpty()) {
        break;
      }
      page.forEach(past::add);
      after = page.getLast().number();
    }
    return List.copyOf(past.news);
  }

  private void add(LoggedEvent event) {
    if (event.event() instanceof WindowChange change) {
      news.add(TurnNews.ContextChanged.of(event.number(), change));
      return;
    }
    Optional<TurnState> before = before(event);
    TurnState state =
        before.map(known -> known.after(event)).orElseGet(() -> TurnState.opened(event));
    states.put(event.turn(), state);
    if (event.event().isTerminal()) {
      news.add(new TurnNews.Ended(memories.result(session.tenant(), state)));
    } else if (before.isEmpty() || before.get().isInterrupted()) {
      news.add(
          new TurnNews.Accepted(
              event.turn(), state.said().clientTurnId(), state.opened().number(), true));
    }
  }

  /** The turn as it was before this event; its beginning may lie before what is told. */
  private Optional<TurnState> before(LoggedEvent event) {
    TurnState known = states.get(event.turn());
    if (known != null || event.event() instanceof TurnEvent.UserSaid) {
      return Optional.ofNullable(known);
    }
    List<LoggedEvent> earlier =
        log.readTurn(session.tenant(), session.session(), event.turn()).stream()
            .filter(one -> one.number() < event.number())
            .toList();
    return Optional.of(TurnMachine.fold(earlier));
  }
}
