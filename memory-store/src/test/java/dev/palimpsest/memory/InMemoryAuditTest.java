package dev.palimpsest.memory;

/** The test double knows where memories come from. */
final class InMemoryAuditTest extends MemoryAuditContract {
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
