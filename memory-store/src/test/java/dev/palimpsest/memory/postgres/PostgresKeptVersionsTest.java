package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.importing.KeptVersionsContract;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** PostgreSQL puts archives back as the contract says. */
@ExtendWith(NeedsPostgres.class)
final class PostgresKeptVersionsTest extends KeptVersionsContract {
  @RegisterExtension static final MigratedStore STORE = new MigratedStore();

  @Override
  protected Opened open(TestClock clock, IdSource ids) {
    return STORE.open(clock, ids);
  }

  @Override
  protected TenantId freshTenant() {
    return STORE.freshTenant();
  }
}
