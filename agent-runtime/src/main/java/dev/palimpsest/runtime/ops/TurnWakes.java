package dev.palimpsest.runtime.ops;

import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.recall.Following;
import dev.palimpsest.runtime.turn.SessionKey;
import dev.palimpsest.runtime.turn.TurnObserver;
import dev.palimpsest.runtime.turn.TurnOutcome;

/** Wakes those who follow the store when a turn is over: what was said is remembered by then. */
public final class TurnWakes implements TurnObserver {
  private final Following following;

  /** Takes whom to wake. */
  public TurnWakes(Following following) {
    this.following = following;
  }

  @Override
  public void begun(SessionKey session, TurnId turn, boolean isRepeated) {
    // Nothing is remembered yet.
  }

  @Override
  public void over(SessionKey session, TurnId turn, TurnOutcome outcome) {
    following.wake();
  }

  @Override
  public void failed(SessionKey session, TurnId turn, RuntimeException cause) {
    // If it ends nevertheless, it is over.
  }
}
