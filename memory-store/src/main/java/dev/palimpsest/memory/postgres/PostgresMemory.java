package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.ApiKeys;
import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.EmbeddingSpaces;
import dev.palimpsest.memory.Entities;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryAudit;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.StoreHealth;
import dev.palimpsest.memory.importing.ImportLog;
import dev.palimpsest.memory.retention.Retention;
import dev.palimpsest.memory.session.Agents;
import dev.palimpsest.memory.session.SessionLog;
import java.security.SecureRandom;
import java.time.InstantSource;
import javax.sql.DataSource;
import org.hibernate.SessionFactory;

/**
 * The store in PostgreSQL 17 with pgvector. Two roles: the owner of the database migrates and does
 * nothing else; {@code palimpsest_app}, which cannot bypass row-level security, serves.
 *
 * <p>Making one touches no database, so a service may start before its database does and ask {@link
 * #check()} until it is up. Safe for many threads; every call blocks, takes one connection of the
 * data source and gives it back before it returns.
 */
public final class PostgresMemory implements AutoCloseable {
  private final SessionFactory factory;
  private final SessionLog sessions;
  private final ApiKeys keys;
  private final Agents agents;
  private final MemoryStore memories;
  private final MemoryVectors vectors;
  private final EmbeddingSpaces spaces;
  private final ImportLog imports;
  private final MemoryAudit audit;
  private final Consolidation consolidation;
  private final Retention retention;
  private final Entities entities;
  private final HealthCheck health;

  /**
   * A store over the connections of {@code app}, which it borrows and never closes.
   *
   * @param app connects as {@code palimpsest_app}; a pool, with time limits for connecting and for
   *     an answer of the socket above 30 seconds (what a statement may take)
   * @param random makes the secrets of keys and the salts of hashes
   */
  public PostgresMemory(DataSource app, InstantSource clock, IdSource ids, SecureRandom random) {
    factory = Mappings.start(app);
    Transactions transactions = new Transactions(app, factory);
    Sealer sealer = new Sealer(random);
    MemoryWriter writer = new MemoryWriter(ids, sealer);
    sessions = new PostgresSessionLog(transactions, clock, ids, writer);
    keys = new PostgresApiKeys(transactions, clock, ids, random);
    agents = new PostgresAgents(transactions, clock, ids);
    memories = new PostgresMemoryStore(transactions, clock, writer);
    vectors = new PostgresVectors(transactions);
    spaces = new PostgresSpaces(transactions, clock);
    imports = new PostgresImportLog(transactions, clock, ids, writer, sealer);
    audit = new PostgresAudit(transactions, clock, ids);
    consolidation = new PostgresConsolidation(transactions, clock, ids, writer);
    retention = new PostgresRetention(transactions, clock, ids);
    entities = new PostgresEntities(transactions, clock, ids);
    health = new HealthCheck(transactions, factory);
  }

  /**
   * Brings the database to the newest schema. Idempotent; several programs may do it at once.
   *
   * @param owner connects as the owner of the database
   * @return how many migrations ran
   * @throws MemoryStoreException when the server is too old, the extension {@code vector} or the
   *     role {@code palimpsest_app} is missing (the message says what to run), or a migration fails
   */
  public static int migrate(DataSource owner) {
    return new Migrations(owner).run();
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

  /** The vectors of its memories. */
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

  /** Where its memories come from, and what was taken back. */
  public MemoryAudit audit() {
    return audit;
  }

  /** What is done with its memories while nobody asks for anything. */
  public Consolidation consolidation() {
    return consolidation;
  }

  /** For how long its memories are kept. */
  public Retention retention() {
    return retention;
  }

  /** Whom and what its memories name. */
  public Entities entities() {
    return entities;
  }

  /** Asks the database whether we may serve from it. Never throws because of its state. */
  public StoreHealth check() {
    return health.run();
  }

  /** Ends Hibernate; the data source stays open. */
  @Override
  public void close() {
    factory.close();
  }
}
