package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryFixture.Opened;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One migrated database for a test class, and a store over it for each test. */
final class MigratedStore implements BeforeAllCallback, AfterEachCallback {
  private final AtomicInteger tenants = new AtomicInteger();
  private EmbeddedPostgres.@Nullable Database database;
  private @Nullable PostgresMemory memory;

  @Override
  public void beforeAll(ExtensionContext context) {
    database = EmbeddedPostgres.shared().migratedDatabase();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (memory != null) {
      memory.close();
    }
  }

  Opened open(TestClock clock, IdSource ids) {
    PostgresMemory opened = new PostgresMemory(database().app(), clock, ids, new SecureRandom());
    memory = opened;
    return new Opened(opened.memories(), opened.vectors(), opened.imports(), opened.sessions());
  }

  EmbeddedPostgres.Database database() {
    return Objects.requireNonNull(database);
  }

  TenantId freshTenant() {
    return new TenantId("tenant-" + tenants.incrementAndGet());
  }
}
