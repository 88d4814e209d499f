package dev.palimpsest.runtime.socket;

import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.ProblemException;
import java.util.Optional;

/**
 * Finds sessions for callers. A session that a caller may not see is not there: who is told
 * "forbidden" has learnt that it exists.
 */
public final class SessionAccess {
  private final StoreLink store;

  /** Takes the way to the store. */
  public SessionAccess(StoreLink store) {
    this.store = store;
  }

  /**
   * The session.
   *
   * @param id as the client wrote it
   * @throws ProblemException 404
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Session find(Caller caller, String id) {
    Optional<Session> found =
        SessionId.isOne(id)
            ? store.sessions().find(caller.tenant(), new SessionId(id))
            : Optional.empty();
    return found
        .filter(session -> caller.sight().admits(session.scope()))
        .orElseThrow(() -> new ProblemException(TurnProblems.noSession()));
  }
}
