package dev.palimpsest.memory.session;

import java.time.Instant;

/**
 * An event in its place in the log.
 *
 * @param number from 1, without gaps within the session
 * @param at when it was appended, by the writer's clock, whole microseconds
 * @param change the tenant's change number of the transaction that wrote it
 */
public record LoggedEvent(
    SessionId session, TurnId turn, long number, Instant at, TurnEvent event, long change) {
  /** Refuses numbers below 1. */
  public LoggedEvent {
    if (number < 1 || change < 1) {
      throw new IllegalArgumentException(
          "numbers begin at 1, not " + number + " and change " + change);
    }
  }
}
