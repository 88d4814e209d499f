package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import java.time.Instant;
import java.util.List;

/**
 * Tells those who watch: the feeds of what is committed, the observers of what begins, ends and
 * breaks. Safe for many threads.
 */
final class TurnTeller {
  private final Feeds feeds;
  private final List<TurnObserver> observers;
  private final TurnSteps steps;

  TurnTeller(Feeds feeds, List<TurnObserver> observers, TurnSteps steps) {
    this.feeds = feeds;
    this.observers = List.copyOf(observers);
    this.steps = steps;
  }

  /** Whether those who watch were told of the turn and of no end of it. */
  boolean isToldOf(SessionKey session, TurnId turn) {
    return feeds.isAtWork(session, turn);
  }

  /** Work begins on a turn of which nobody was told yet. */
  void accepted(SessionKey session, TurnState state, boolean isRepeated) {
    feeds.publish(
        session,
        new TurnNews.Accepted(
            state.opened().turn(),
            state.said().clientTurnId(),
            state.opened().number(),
            isRepeated));
  }

  void begun(SessionKey session, TurnId turn, boolean isRepeated) {
    observers.forEach(observer -> observer.begun(session, turn, isRepeated));
  }

  void failed(RunningTurn turn, RuntimeException cause) {
    observers.forEach(observer -> observer.failed(turn.session(), turn.turn(), cause));
  }

  /** The work is over. A turn that waits for its client is at work as far as one can see. */
  void published(RunningTurn turn, TurnOutcome outcome) {
    switch (outcome) {
      case TurnOutcome.Ended(TurnResult result) ->
          feeds.publish(turn.session(), new TurnNews.Ended(result));
      case TurnOutcome.Waiting waiting -> {
        // The call was told, and with it who performs it.
      }
      case TurnOutcome.Open open ->
          feeds.publish(turn.session(), new TurnNews.LeftOpen(turn.turn(), open));
    }
  }

  void over(RunningTurn turn, TurnOutcome outcome) {
    observers.forEach(observer -> observer.over(turn.session(), turn.turn(), outcome));
  }

  /** Tells what was done before this process took the turn up. */
  void past(RunningTurn turn, TurnState state, Instant deadline) throws InterruptedException {
    if (state.recalled() != null) {
      event(turn, state, state.recalled(), deadline);
    }
    String before = "";
    for (ToolUse use : state.uses()) {
      String said = Spoken.joined(before, use.called().said());
      if (said.length() > before.length()) {
        feeds.publish(
            turn.session(), new TurnNews.Said(turn.turn(), said.substring(before.length())));
      }
      before = said;
      event(turn, state, use.called(), deadline);
      if (use.answered() != null) {
        event(turn, state, use.answered(), deadline);
      }
    }
  }

  /** Tells an event, once it is committed. */
  void event(RunningTurn turn, TurnState state, TurnEvent event, Instant deadline)
      throws InterruptedException {
    if (event instanceof TurnEvent.Recalled recalled) {
      feeds.publish(turn.session(), steps.news(turn.session(), turn.turn(), recalled, deadline));
    } else if (event instanceof TurnEvent.ToolCalled called) {
      feeds.publish(turn.session(), new TurnNews.ToolCalled(turn.turn(), called));
    } else if (event instanceof TurnEvent.ToolAnswered answered) {
      answered(turn, state, answered);
    }
  }

  /** Tells what came of a call. */
  void answered(RunningTurn turn, TurnState state, TurnEvent.ToolAnswered answered) {
    ToolUse use =
        state
            .use(answered.call())
            .orElseThrow(
                () -> new IllegalArgumentException("the turn has no call " + answered.call()));
    feeds.publish(turn.session(), TurnNews.ToolAnswered.of(turn.turn(), use, answered));
  }
}
