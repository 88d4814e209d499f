package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.TurnEvent;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * All that the events of one turn say about it.
 *
 * @param opened the event with which it began
 * @param said what that event says
 * @param since from when its time counts: when it was accepted, opened again or taken up
 * @param recalled what is remembered, once looked up
 * @param planned what enters the window, once decided
 * @param ended the event with which it ended, once it has
 * @param steps events since it was opened or opened again
 * @param isStopping whether somebody asked to stop it
 * @param isAgain whether it was interrupted, is to run again, and no event says so yet
 */
public record TurnState(
    LoggedEvent opened,
    TurnEvent.UserSaid said,
    Instant since,
    TurnEvent.@Nullable Recalled recalled,
    TurnEvent.@Nullable Planned planned,
    @Nullable LoggedEvent ended,
    int steps,
    boolean isStopping,
    boolean isAgain) {
  /** The state after a turn's first event. */
  static TurnState opened(LoggedEvent first) {
    if (!(first.event() instanceof TurnEvent.UserSaid said)) {
      throw new IllegalArgumentException("a turn begins with what the user said");
    }
    return new TurnState(first, said, first.at(), null, null, null, 1, false, false);
  }

  /** The state after one more event. */
  TurnState after(LoggedEvent next) {
    if (!next.turn().equals(opened.turn())) {
      throw new IllegalArgumentException("event " + next.number() + " is of another turn");
    }
    return switch (next.event()) {
      case TurnEvent.UserSaid again ->
          throw new IllegalArgumentException("event " + next.number() + " opens the turn again");
      case TurnEvent.Recalled recall -> afterRecall(recall, next);
      case TurnEvent.Planned plan -> afterPlan(plan, next.at());
      case TurnEvent.Answered answered -> afterEnd(next);
      case TurnEvent.TurnFailed failed -> afterEnd(next);
    };
  }

  /** The same, with its time counting from now on: it lay still while nobody ran it. */
  TurnState takenUp(Instant now) {
    return new TurnState(
        opened,
        said,
        now.isAfter(since) ? now : since,
        recalled,
        planned,
        ended,
        steps,
        isStopping,
        isAgain);
  }

  /**
   * The same, to be run once more after it was interrupted: planned anew, with the memories that it
   * had.
   */
  TurnState again(Instant now) {
    if (!isInterrupted()) {
      throw new IllegalStateException("only an interrupted turn runs again");
    }
    return new TurnState(opened, said, now, recalled, null, null, 1, false, true);
  }

  /** The same, asked to stop. */
  TurnState stopping() {
    return new TurnState(opened, said, since, recalled, planned, ended, steps, true, isAgain);
  }

  /** Whether it ended in the one way after which it may run again. */
  public boolean isInterrupted() {
    return ended != null
        && ended.event() instanceof TurnEvent.TurnFailed failed
        && failed.type() == FailureType.INTERRUPTED;
  }

  private TurnState afterRecall(TurnEvent.Recalled recall, LoggedEvent next) {
    if (recalled != null || (ended == null && planned != null)) {
      throw new IllegalArgumentException("event " + next.number() + " recalls once more");
    }
    if (ended == null) {
      return new TurnState(opened, said, since, recall, null, null, steps + 1, isStopping, false);
    }
    if (!isInterrupted()) {
      throw new IllegalArgumentException("a recall follows the end of a turn");
    }
    return new TurnState(opened, said, next.at(), recall, null, null, 2, isStopping, false);
  }

  private TurnState afterPlan(TurnEvent.Planned plan, Instant at) {
    if (ended == null) {
      return new TurnState(opened, said, since, recalled, plan, null, steps + 1, isStopping, false);
    }
    if (!isInterrupted()) {
      throw new IllegalArgumentException("a plan follows the end of a turn");
    }
    return new TurnState(opened, said, at, recalled, plan, null, 2, isStopping, false);
  }

  private TurnState afterEnd(LoggedEvent end) {
    if (ended != null) {
      throw new IllegalArgumentException("event " + end.number() + " ends the turn once more");
    }
    return new TurnState(opened, said, since, recalled, planned, end, steps + 1, isStopping, false);
  }
}
