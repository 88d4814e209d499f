package dev.palimpsest.memory;

/** The test double finds vectors as the contract says. */
final class InMemoryVectorsTest extends MemoryVectorsContract {
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
