package dev.palimpsest.memory.session;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;

/** The test double keeps agents as the contract says. */
final class InMemoryAgentsTest extends AgentsContract {
  private int tenants;

  @Override
  protected Opened open(TestClock clock, IdSource ids) {
    InMemoryMemory memory = new InMemoryMemory(clock, ids);
    return new Opened(memory.agents(), memory.sessions());
  }

  @Override
  protected TenantId freshTenant() {
    return new TenantId("tenant-" + ++tenants);
  }
}
