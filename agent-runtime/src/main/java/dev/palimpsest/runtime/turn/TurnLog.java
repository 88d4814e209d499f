package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.session.Appended;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.NewEvent;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.SessionLog;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.WindowChange;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A turn's way to the session log: patient with a store that is away, and holding the session's
 * lease while it writes. Safe for many threads.
 */
final class TurnLog {
  private static final int PAGE = 500;

  private final StoreLink store;
  private final Node node;
  private final Patience patience;

  TurnLog(StoreLink store, Node node, Patience patience) {
    this.store = store;
    this.node = node;
    this.patience = patience;
  }

  /** What came of writing an event. */
  sealed interface Written {
    /** It stands in the log. */
    record Event(LoggedEvent event) implements Written {}

    /** The turn is not where the writer thought; read it again. */
    record ReadAgain(long last) implements Written {}
  }

  Session session(SessionKey key, Instant deadline) throws InterruptedException {
    Optional<Session> found =
        patience.untilStoreAnswers(
            deadline, () -> store.sessions().find(key.tenant(), key.session()));
    return found.orElseThrow(() -> new LeftOpenException(new TurnOutcome.Erased()));
  }

  List<LoggedEvent> turn(SessionKey key, TurnId turn, Instant deadline)
      throws InterruptedException {
    List<LoggedEvent> events =
        patience.untilStoreAnswers(
            deadline, () -> store.sessions().readTurn(key.tenant(), key.session(), turn));
    if (events.isEmpty()) {
      throw new LeftOpenException(new TurnOutcome.Erased());
    }
    return events;
  }

  /** All events above a number, page by page, as long as the log holds some. */
  List<LoggedEvent> readAll(SessionKey key, long above, Instant deadline)
      throws InterruptedException {
    List<LoggedEvent> events = new ArrayList<>();
    long after = above;
    while (events.size() < Conversation.EVENTS_MAX) {
      long from = after;
      List<LoggedEvent> page =
          patience.untilStoreAnswers(
              deadline, () -> store.sessions().read(key.tenant(), key.session(), from, PAGE));
      if (page.isEmpty()) {
        break;
      }
      events.addAll(page);
      after = page.getLast().number();
    }
    return events;
  }

  /**
   * The number of the newest event above one, if only such stand above it that tell of the window:
   * then nothing has changed for a turn. Else that number.
   */
  long besideTurns(SessionKey key, long above, Instant deadline) throws InterruptedException {
    List<LoggedEvent> events = readAll(key, above, deadline);
    boolean isBeside =
        !events.isEmpty() && events.stream().allMatch(one -> one.event() instanceof WindowChange);
    return isBeside ? events.getLast().number() : above;
  }

  /**
   * Writes the next event of a turn and what is to be remembered of it.
   *
   * @throws LeftOpenException when it cannot be written in time, or never
   */
  Written append(SessionKey key, NewEvent event, Instant deadline) throws InterruptedException {
    Duration pause = Patience.FIRST_PAUSE;
    while (true) {
      Appended appended =
          patience.untilStoreAnswers(
              deadline,
              () -> store.sessions().append(key.tenant(), key.session(), event, node.id()));
      switch (appended) {
        case Appended.Written(LoggedEvent written) -> {
          return new Written.Event(written);
        }
        case Appended.Stale(long last) -> {
          return new Written.ReadAgain(last);
        }
        case Appended.NotOpen(TurnId running) -> {
          if (running != null && !running.equals(event.turn())) {
            throw new LeftOpenException(new TurnOutcome.Blocked(running));
          }
          return new Written.ReadAgain(event.number() - 1);
        }
        case Appended.Gone gone -> throw new LeftOpenException(new TurnOutcome.Erased());
        case Appended.LeaseLost lost -> {
          if (!lease(key, deadline)) {
            pause = waitForLease(pause, deadline);
          }
        }
      }
    }
  }

  /** Takes or prolongs the session's lease for as long as the turn may take. */
  boolean lease(SessionKey key, Instant deadline) throws InterruptedException {
    Duration left = Duration.between(node.clock().instant(), deadline);
    Duration wanted = left.compareTo(SessionLog.LEASE_MAX) > 0 ? SessionLog.LEASE_MAX : left;
    Duration asked = wanted.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : wanted;
    return patience.untilStoreAnswers(
        deadline, () -> store.sessions().lease(key.tenant(), key.session(), node.id(), asked));
  }

  /** Gives the lease back. */
  void release(SessionKey key) {
    try {
      store.sessions().release(key.tenant(), key.session(), node.id());
    } catch (MemoryStoreException e) {
      if (!e.isUnavailable()) {
        throw e;
      }
      // The turn has ended and the lease runs out by itself.
    }
  }

  private Duration waitForLease(Duration pause, Instant deadline) throws InterruptedException {
    if (!node.clock().instant().isBefore(deadline)) {
      throw new LeftOpenException(new TurnOutcome.Elsewhere());
    }
    return patience.pause(pause);
  }
}
