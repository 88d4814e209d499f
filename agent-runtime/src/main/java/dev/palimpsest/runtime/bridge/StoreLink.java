package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.ApiKeys;
import dev.palimpsest.memory.EmbeddingSpaces;
import dev.palimpsest.memory.MemoryAudit;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.importing.ImportLog;
import dev.palimpsest.memory.session.Agents;
import dev.palimpsest.memory.session.SessionLog;
import java.sql.SQLTransientConnectionException;

/**
 * The way to the store, which may be connected only after the service has started. Until then every
 * question is answered by the exception that an outage has, so that callers know one kind of
 * absence. One thread connects, any thread asks.
 */
public final class StoreLink {
  private volatile State state = new State.Away("not connected yet");

  /** Whether the store was reached since the start. */
  public sealed interface State {
    /**
     * It was; each call may still find it gone.
     *
     * @param sessions sessions and their logs
     * @param keys API keys
     * @param agents agents
     * @param memories memories
     * @param vectors their vectors
     * @param spaces the spaces of those
     * @param imports imports
     * @param audit where memories come from
     */
    record Connected(
        SessionLog sessions,
        ApiKeys keys,
        Agents agents,
        MemoryStore memories,
        MemoryVectors vectors,
        EmbeddingSpaces spaces,
        ImportLog imports,
        MemoryAudit audit)
        implements State {}

    /**
     * Not yet.
     *
     * @param reason why the last attempt failed
     */
    record Away(String reason) implements State {}
  }

  /** Where it stands. */
  public State state() {
    return state;
  }

  /** Tells where it stands from now on. */
  public void become(State next) {
    state = next;
  }

  /**
   * The sessions.
   *
   * @throws MemoryStoreException unavailable, when the store was never reached
   */
  public SessionLog sessions() {
    return connected().sessions();
  }

  /**
   * The keys.
   *
   * @throws MemoryStoreException unavailable, when the store was never reached
   */
  public ApiKeys keys() {
    return connected().keys();
  }

  /**
   * The agents.
   *
   * @throws MemoryStoreException unavailable, when the store was never reached
   */
  public Agents agents() {
    return connected().agents();
  }

  /**
   * The memories.
   *
   * @throws MemoryStoreException unavailable, when the store was never reached
   */
  public MemoryStore memories() {
    return connected().memories();
  }

  /**
   * The vectors of memories.
   *
   * @throws MemoryStoreException unavailable, when the store was never reached
   */
  public MemoryVectors vectors() {
    return connected().vectors();
  }

  /**
   * The spaces of those vectors.
   *
   * @throws MemoryStoreException unavailable, when the store was never reached
   */
  public EmbeddingSpaces spaces() {
    return connected().spaces();
  }

  /**
   * The imports.
   *
   * @throws MemoryStoreException unavailable, when the store was never reached
   */
  public ImportLog imports() {
    return connected().imports();
  }

  /**
   * Where memories come from, and what was taken back.
   *
   * @throws MemoryStoreException unavailable, when the store was never reached
   */
  public MemoryAudit audit() {
    return connected().audit();
  }

  /**
   * Does nothing once the store was reached.
   *
   * @throws MemoryStoreException unavailable, when it never was
   */
  public void requireConnected() {
    State.Connected reached = connected();
    assert reached != null;
  }

  private State.Connected connected() {
    return switch (state) {
      case State.Connected connected -> connected;
      case State.Away(String reason) ->
          throw MemoryStoreException.noConnection(
              "reach the store", new SQLTransientConnectionException(reason));
    };
  }
}
