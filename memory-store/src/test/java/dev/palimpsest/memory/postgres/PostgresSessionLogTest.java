package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.session.SessionLog;
import dev.palimpsest.memory.session.SessionLogContract;
import java.security.SecureRandom;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

/** PostgreSQL keeps sessions as the contract says. */
@ExtendWith(NeedsPostgres.class)
final class PostgresSessionLogTest extends SessionLogContract {
  private static EmbeddedPostgres.@Nullable Database database;
  private static int tenants;

  private @Nullable PostgresMemory memory;

  @BeforeAll
  static void migrate() {
    database = EmbeddedPostgres.shared().migratedDatabase();
  }

  @Override
  protected SessionLog open(TestClock clock, IdSource ids) {
    PostgresMemory opened =
        new PostgresMemory(Objects.requireNonNull(database).app(), clock, ids, new SecureRandom());
    memory = opened;
    return opened.sessions();
  }

  @Override
  protected MemoryStore memories() {
    return Objects.requireNonNull(memory).memories();
  }

  @Override
  protected TenantId freshTenant() {
    return new TenantId("tenant-" + ++tenants);
  }

  @AfterEach
  void close() {
    if (memory != null) {
      memory.close();
    }
  }
}
