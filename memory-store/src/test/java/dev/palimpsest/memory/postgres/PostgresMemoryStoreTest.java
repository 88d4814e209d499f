package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryStoreContract;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** PostgreSQL keeps memories as the contract says. */
@ExtendWith(NeedsPostgres.class)
final class PostgresMemoryStoreTest extends MemoryStoreContract {
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
