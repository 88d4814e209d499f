package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.TurnId;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Turns that this process left to their clients, and until when, so that nobody reads their events
 * again and again. Nothing but time depends on it. Safe for many threads.
 */
final class WaitingTurns {
  private final Map<TurnId, Left> left = new ConcurrentHashMap<>();

  private record Left(SessionKey session, Instant until) {}

  void add(SessionKey session, WaitingTurn turn) {
    left.put(turn.turn(), new Left(session, turn.until()));
  }

  void remove(TurnId turn) {
    left.remove(turn);
  }

  /** Whether it may still be answered, as far as one knows here. */
  boolean isAwaited(TurnId turn, Instant now) {
    Left known = left.get(turn);
    return known != null && now.isBefore(known.until());
  }

  /** Those that are not among these, with their sessions. */
  Map<TurnId, SessionKey> beside(Set<TurnId> others) {
    Map<TurnId, SessionKey> beside = new HashMap<>();
    left.forEach((turn, known) -> {
      if (!others.contains(turn)) {
        beside.put(turn, known.session());
      }
    });
    return beside;
  }
}
