package dev.palimpsest.runtime.ops;

import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.SessionCaches;
import dev.palimpsest.runtime.turn.SessionKey;
import dev.palimpsest.runtime.turn.TurnObserver;
import dev.palimpsest.runtime.turn.TurnOutcome;

/** What a turn kept of a session that was erased while it ran is deleted when it notices. */
public final class ErasedSessions implements TurnObserver {
  private final SessionCaches caches;

  /** Takes what is to be deleted from. */
  public ErasedSessions(SessionCaches caches) {
    this.caches = caches;
  }

  @Override
  public void begun(SessionKey session, TurnId turn, boolean isRepeated) {
    // Nothing is known of its end yet.
  }

  @Override
  public void over(SessionKey session, TurnId turn, TurnOutcome outcome) {
    if (outcome instanceof TurnOutcome.Erased) {
      SessionCaches.Forgotten late = caches.forget(session.tenant(), session.session());
      assert late.snapshots() <= 1;
    }
  }

  @Override
  public void failed(SessionKey session, TurnId turn, RuntimeException cause) {
    // The turn goes on or stays open; its session is there.
  }
}
