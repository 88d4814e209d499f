package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryFixture.Opened;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.hibernate.SessionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One migrated database for a test class and one store over it, since making one takes a second;
 * each test hands in a clock and ids of its own.
 */
final class MigratedStore implements BeforeAllCallback, AfterAllCallback {
  private final AtomicInteger tenants = new AtomicInteger();
  private EmbeddedPostgres.@Nullable Database database;
  private @Nullable PostgresMemory memory;
  private @Nullable SessionFactory factory;
  private @Nullable TestClock clock;
  private @Nullable IdSource ids;

  @Override
  public void beforeAll(ExtensionContext context) {
    EmbeddedPostgres.Database made = EmbeddedPostgres.shared().migratedDatabase();
    database = made;
    factory = Mappings.start(made.app());
    memory =
        new PostgresMemory(
            made.app(),
            () -> Objects.requireNonNull(clock).instant(),
            prefix -> Objects.requireNonNull(ids).next(prefix),
            new SecureRandom());
  }

  @Override
  public void afterAll(ExtensionContext context) {
    Objects.requireNonNull(memory).close();
    Objects.requireNonNull(factory).close();
  }

  PostgresMemory memory(TestClock testClock, IdSource testIds) {
    clock = testClock;
    ids = testIds;
    return Objects.requireNonNull(memory);
  }

  Opened open(TestClock testClock, IdSource testIds) {
    PostgresMemory opened = memory(testClock, testIds);
    return new Opened(
        opened.memories(), opened.vectors(), opened.imports(), opened.sessions(), opened.audit());
  }

  /** Vectors that are searched by the graph however few they are. */
  MemoryVectors graphVectors() {
    SessionFactory made = Objects.requireNonNull(factory);
    return new PostgresVectors(new Transactions(database().app(), made), 0);
  }

  /** Consolidation that asks the graph of vectors however few they are. */
  Consolidation graphConsolidation(TestClock testClock) {
    SessionFactory made = Objects.requireNonNull(factory);
    return new PostgresConsolidation(
        new Transactions(database().app(), made),
        testClock,
        new CountingIds(),
        new MemoryWriter(new CountingIds(), new Sealer(new SecureRandom())),
        new NearestSearch(0));
  }

  EmbeddedPostgres.Database database() {
    return Objects.requireNonNull(database);
  }

  TenantId freshTenant() {
    return new TenantId("tenant-" + tenants.incrementAndGet());
  }
}
