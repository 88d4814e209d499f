package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.TurnId;

/** Hears of the boundaries of turns, on the turn's thread; must neither wait nor throw. */
public interface TurnObserver {
  /**
   * Work on a turn begins.
   *
   * @param isRepeated whether it had been accepted before
   */
  void begun(SessionKey session, TurnId turn, boolean isRepeated);

  /** Work on a turn is over. */
  void over(SessionKey session, TurnId turn, TurnOutcome outcome);

  /** Something happened in a turn that was not foreseen. */
  void failed(SessionKey session, TurnId turn, RuntimeException cause);
}
