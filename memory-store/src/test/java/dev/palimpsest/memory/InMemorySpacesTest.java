package dev.palimpsest.memory;

/** The test double keeps spaces as the contract says. */
final class InMemorySpacesTest extends EmbeddingSpacesContract {
  private int tenants;

  @Override
  protected Opened open(TestClock clock, IdSource ids) {
    InMemoryMemory memory = new InMemoryMemory(clock, ids);
    return new Opened(memory.spaces(), memory.vectors(), memory.memories());
  }

  @Override
  protected TenantId freshTenant() {
    return new TenantId("tenant-" + ++tenants);
  }
}
