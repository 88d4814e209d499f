package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryAuditContract;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** PostgreSQL knows where memories come from. */
@ExtendWith(NeedsPostgres.class)
final class PostgresAuditTest extends MemoryAuditContract {
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
