package dev.palimpsest.memory;

/** The test double keeps memories as the contract says. */
final class InMemoryMemoryStoreTest extends MemoryStoreContract {
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
