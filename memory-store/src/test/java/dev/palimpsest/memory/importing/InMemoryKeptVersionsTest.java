package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;

/** The test double puts archives back as the contract says. */
final class InMemoryKeptVersionsTest extends KeptVersionsContract {
  private int tenants;

  @Override
  protected Opened open(TestClock clock, IdSource ids) {
    return new InMemoryMemory(clock, ids).opened();
  }

  @Override
  protected TenantId freshTenant() {
    return new TenantId("tenant-" + ++tenants);
  }
}
