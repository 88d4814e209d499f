package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.session.AgentsContract;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** PostgreSQL keeps agents as the contract says. */
@ExtendWith(NeedsPostgres.class)
final class PostgresAgentsTest extends AgentsContract {
  @RegisterExtension static final MigratedStore STORE = new MigratedStore();

  @Override
  protected Opened open(TestClock clock, IdSource ids) {
    PostgresMemory memory = STORE.memory(clock, ids);
    return new Opened(memory.agents(), memory.sessions());
  }

  @Override
  protected TenantId freshTenant() {
    return STORE.freshTenant();
  }
}
