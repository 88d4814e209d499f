package dev.palimpsest.memory;

import dev.palimpsest.memory.importing.ImportLog;
import dev.palimpsest.memory.importing.InMemoryImportLog;
import dev.palimpsest.memory.session.Agents;
import dev.palimpsest.memory.session.InMemoryAgents;
import dev.palimpsest.memory.session.InMemorySessionLog;
import dev.palimpsest.memory.session.SessionLog;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The test double of the store: passes the same contracts as PostgreSQL, forgets everything with
 * the process. It can be told to be away, as a database can.
 */
public final class InMemoryMemory {
  private final Guard guard = new Guard();
  private final InMemorySessionLog sessions;
  private final InMemoryApiKeys keys;
  private final InMemoryAgents agents;
  private final InMemoryMemoryStore memories;
  private final InMemoryVectors vectors;
  private final InMemorySpaces spaces;
  private final InMemoryImportLog imports;

  /** An empty store. */
  public InMemoryMemory(InstantSource clock, IdSource ids) {
    ChangeList changes = new ChangeList();
    memories = new InMemoryMemoryStore(guard, changes, clock, ids);
    spaces = new InMemorySpaces(guard, changes, memories, clock);
    vectors = new InMemoryVectors(guard, memories, spaces);
    imports = new InMemoryImportLog(guard, changes, memories, clock, ids);
    sessions = new InMemorySessionLog(guard, changes, memories, clock, ids);
    agents = new InMemoryAgents(guard, changes, clock, ids);
    keys = new InMemoryApiKeys(guard, changes, clock, ids, new SecureRandom());
  }

  /** Its sessions. */
  public SessionLog sessions() {
    return sessions;
  }

  /** Its keys. */
  public ApiKeys keys() {
    return keys;
  }

  /** Its agents. */
  public Agents agents() {
    return agents;
  }

  /** Its memories. */
  public MemoryStore memories() {
    return memories;
  }

  /** Its vectors. */
  public MemoryVectors vectors() {
    return vectors;
  }

  /** The spaces of those vectors. */
  public EmbeddingSpaces spaces() {
    return spaces;
  }

  /** Its imports. */
  public ImportLog imports() {
    return imports;
  }

  /** Where its memories come from. */
  public MemoryAudit audit() {
    return memories.audit();
  }

  /** All of it, for the contracts. */
  public MemoryFixture.Opened opened() {
    return new MemoryFixture.Opened(memories, vectors, imports, sessions, memories.audit());
  }

  /** From now on every call fails as if the database were down, or works again. */
  public void setAway(boolean away) {
    guard.away = away;
  }

  /** Lets one thread in at a time, and none while the store is away. */
  public static final class Guard {
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean away;

    private Guard() {}

    /** Runs {@code body} as one transaction. */
    public <T> T inTransaction(String operation, Supplier<T> body) {
      if (away) {
        throw MemoryStoreException.noConnection(
            operation, new SQLException("connection refused", "08001"));
      }
      lock.lock();
      try {
        return body.get();
      } finally {
        lock.unlock();
      }
    }
  }
}
