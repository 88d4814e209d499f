package dev.palimpsest.memory;

/** The test double keeps keys as the contract says. */
final class InMemoryApiKeysTest extends ApiKeysContract {
  private int tenants;

  @Override
  protected ApiKeys open(TestClock clock, IdSource ids) {
    return new InMemoryMemory(clock, ids).keys();
  }

  @Override
  protected TenantId freshTenant() {
    return new TenantId("tenant-" + ++tenants);
  }
}
