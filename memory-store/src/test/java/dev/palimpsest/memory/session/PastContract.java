package dev.palimpsest.memory.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Sessions and their events as they were at a moment. */
public abstract class PastContract extends ForkContract {
  private static final int STEPS = 80;
  private static final int LOOKS = 15;
  private static final int SESSIONS_MAX = 8;
  private static final Comparator<SessionId> BY_VALUE = Comparator.comparing(SessionId::value);
  private static final Duration SHORTEST = Duration.ofNanos(1000);

  /** For subclasses. */
  protected PastContract() {}

  /** A session and its events as they were when a step had been made. */
  private record Seen(Session session, List<LoggedEvent> events) {}

  @Test
  void aSessionIsShownAsFarAsItHadComeAndNotBeforeItWasMade() {
    Instant before = clock.instant();
    clock.advance(MINUTE);
    SessionId id = created(keyed("Title", Scope.NONE));
    Session made = log.find(tenant, id).orElseThrow();
    Instant then = clock.instant();
    clock.advance(MINUTE);
    turnDone(id, turn(1));
    clock.advance(MINUTE);
    log.update(tenant, id, titled(new Edit.Put<>("Another")));
    Session now = log.find(tenant, id).orElseThrow();
    assertEquals(Optional.empty(), log.find(tenant, id, before));
    assertEquals(List.of(), log.list(tenant, Scope.NONE, 10, null, before).data());
    Session first = log.find(tenant, id, then).orElseThrow();
    assertEquals(0, first.lastEvent());
    assertEquals(made.createdAt(), first.updatedAt());
    assertEquals("Another", first.title(), "settings are those of now");
    assertEquals(List.of(), log.read(tenant, id, 0, 10, then));
    assertEquals(Optional.of(now), log.find(tenant, id, clock.instant()));
    assertEquals(Optional.of(now), log.find(tenant, id, Instant.MAX));
    assertEquals(Optional.empty(), log.find(tenant, id, Instant.MIN));
    assertEquals(Optional.empty(), log.find(freshTenant(), id, clock.instant()));
  }

  @Test
  void anEventIsThereFromItsOwnMicrosecondOn() {
    SessionId id = created(NewSession.PLAIN);
    clock.advance(MINUTE);
    LoggedEvent said = accepted(id, turn(1), said("Hello", null));
    assertEquals(List.of(), log.read(tenant, id, 0, 10, said.at().minusNanos(1)));
    assertEquals(List.of(said), log.read(tenant, id, 0, 10, said.at()));
    assertEquals(0, log.find(tenant, id, said.at().minusNanos(1)).orElseThrow().lastEvent());
    assertEquals(1, log.find(tenant, id, said.at().plusNanos(999)).orElseThrow().lastEvent());
  }

  @Test
  void everyMomentIsWhatARecordedHistorySays() {
    long seed = Long.getLong("seed", 20261126);
    System.out.println("everyMomentIsWhatARecordedHistorySays: -Dseed=" + seed);
    Random random = new Random(seed);
    NavigableMap<Instant, Map<SessionId, Seen>> history = history(random);
    Map<SessionId, Seen> now = seen(null);
    assertEquals(history.lastEntry().getValue(), now);
    int shown = 0;
    for (int look = 0; look < LOOKS; look++) {
      Instant asOf = moment(history, random);
      Map.Entry<Instant, Map<SessionId, Seen>> at = history.floorEntry(asOf);
      Map<SessionId, Seen> then = new HashMap<>(at == null ? Map.of() : at.getValue());
      then.keySet().retainAll(now.keySet());
      then.replaceAll((id, one) -> new Seen(settings(one, now), one.events));
      assertEquals(then, seen(asOf), "as of " + asOf);
      shown += then.values().stream().mapToInt(one -> one.events.size()).sum();
    }
    assertTrue(shown > LOOKS, "a past without events proves nothing: " + shown);
  }

  /** Of settings the log keeps no past. */
  private static Session settings(Seen then, Map<SessionId, Seen> now) {
    Seen known = Objects.requireNonNull(now.get(then.session.id()));
    return known.session.at(then.session.updatedAt(), then.session.lastEvent());
  }

  private static Instant moment(
      NavigableMap<Instant, Map<SessionId, Seen>> history, Random random) {
    List<Instant> times = List.copyOf(history.keySet());
    return times.get(random.nextInt(times.size())).plusNanos(random.nextInt(2000) - 1000L);
  }

  private NavigableMap<Instant, Map<SessionId, Seen>> history(Random random) {
    NavigableMap<Instant, Map<SessionId, Seen>> history = new TreeMap<>();
    Map<SessionId, TurnId> open = new HashMap<>();
    Map<SessionId, Seen> there = new HashMap<>();
    for (int step = 0; step < STEPS; step++) {
      SessionId id = step(step, there, open, random);
      log.find(tenant, id)
          .ifPresentOrElse(
              now -> there.put(id, new Seen(now, events(id, null))), () -> there.remove(id));
      history.put(clock.instant().truncatedTo(ChronoUnit.MICROS), Map.copyOf(there));
      if (random.nextInt(4) > 0) {
        clock.advance(SHORTEST.multipliedBy(1 + random.nextInt(3)));
      }
    }
    return history;
  }

  /** Writes something; the session that it was written to. */
  private SessionId step(
      int step, Map<SessionId, Seen> there, Map<SessionId, TurnId> open, Random random) {
    if (there.size() < 4) {
      return created(NewSession.PLAIN);
    }
    List<SessionId> ids = there.keySet().stream().sorted(BY_VALUE).toList();
    SessionId id = ids.get(random.nextInt(ids.size()));
    int kind = random.nextInt(there.size() < SESSIONS_MAX ? 14 : 12);
    switch (kind) {
      case 0 -> assertTrue(log.erase(tenant, id).isPresent());
      case 1 -> assertTrue(log.update(tenant, id, titled(new Edit.Put<>("t" + step))).isPresent());
      case 12, 13 -> {
        Forking fork = log.fork(tenant, id, null, null);
        return assertInstanceOf(Forking.Forked.class, fork).session().id();
      }
      default -> talk(id, open, turn(step));
    }
    return id;
  }

  /** Begins a turn, or ends the one that is open. */
  private void talk(SessionId id, Map<SessionId, TurnId> open, TurnId fresh) {
    TurnId begun = open.remove(id);
    if (begun == null) {
      assertEquals(fresh, accepted(id, fresh, said("Hello", null)).turn());
      open.put(id, fresh);
    } else {
      long next = log.find(tenant, id).orElseThrow().lastEvent() + 1;
      end(id, begun, next, FailureType.CANCELLED);
    }
  }

  /** All there is, by way of every read that can be asked as of a moment. */
  private Map<SessionId, Seen> seen(@Nullable Instant asOf) {
    Map<SessionId, Seen> seen = new HashMap<>();
    Page<Session> page = new Page<>(List.of(), null);
    do {
      page = log.list(tenant, Scope.NONE, 3, page.next(), asOf);
      for (Session session : page.data()) {
        assertEquals(Optional.of(session), log.find(tenant, session.id(), asOf));
        seen.put(session.id(), new Seen(session, events(session.id(), asOf)));
      }
    } while (page.next() != null);
    return seen;
  }

  private List<LoggedEvent> events(SessionId id, @Nullable Instant asOf) {
    List<LoggedEvent> events = new ArrayList<>();
    List<LoggedEvent> part;
    do {
      long after = events.isEmpty() ? 0 : events.getLast().number();
      part = log.read(tenant, id, after, 3, asOf);
      events.addAll(part);
    } while (!part.isEmpty());
    return events;
  }
}
