package dev.palimpsest.runtime.socket;

import dev.palimpsest.memory.session.Creation;
import dev.palimpsest.memory.session.Forking;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.ProblemException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds and makes sessions for callers. A session that a caller may not see is not there: who is
 * told "forbidden" has learnt that it exists.
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
    return find(caller, id, null);
  }

  /**
   * The session as it was at a moment, as in {@link
   * dev.palimpsest.memory.session.SessionLog#find(dev.palimpsest.memory.TenantId, SessionId,
   * Instant)}.
   *
   * @param id as the client wrote it
   * @param asOf null: as it is now
   * @throws ProblemException 404, also when it was made later
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Session find(Caller caller, String id, @Nullable Instant asOf) {
    Optional<Session> found =
        SessionId.isOne(id)
            ? store.sessions().find(caller.tenant(), new SessionId(id), asOf)
            : Optional.empty();
    return found
        .filter(session -> caller.sight().admits(session.scope()))
        .orElseThrow(() -> new ProblemException(TurnProblems.noSession()));
  }

  /**
   * Makes a session, or finds the one that an earlier request of the same key made.
   *
   * @throws ProblemException 409 when that request was another one
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Session create(Caller caller, NewSession asked) {
    return switch (store.sessions().create(caller.tenant(), asked)) {
      case Creation.Created(Session made) -> made;
      case Creation.Existing(Session made) -> made;
      case Creation.Conflict conflict -> throw new ProblemException(TurnProblems.keyReused());
    };
  }

  /**
   * Makes a session that begins with the past of another, or finds the one that an earlier request
   * of the same key made.
   *
   * @param id as the client wrote it
   * @param at number of the last event of that past; null for all of it
   * @throws ProblemException 400 naming {@code at}, 404, or 409 when that request was another one
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Session fork(
      Caller caller, String id, @Nullable Long at, @Nullable String idempotencyKey) {
    Session parent = find(caller, id);
    return switch (store.sessions().fork(caller.tenant(), parent.id(), at, idempotencyKey)) {
      case Forking.Forked(Session made) -> made;
      case Forking.Existing(Session made) -> made;
      case Forking.Conflict conflict -> throw new ProblemException(TurnProblems.keyReused());
      case Forking.Gone gone -> throw new ProblemException(TurnProblems.noSession());
      case Forking.NoEnd(long before) -> throw new ProblemException(TurnProblems.noEnd(before));
    };
  }
}
