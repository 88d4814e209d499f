package dev.palimpsest.memory.session;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import org.junit.jupiter.api.Test;

/** The test double keeps sessions as the contract says. */
final class InMemorySessionLogTest extends SessionLogContract {
  private InMemoryMemory memory = new InMemoryMemory(new TestClock(), new CountingIds());
  private int tenants;

  @Override
  protected SessionLog open(TestClock clock, IdSource ids) {
    memory = new InMemoryMemory(clock, ids);
    return memory.sessions();
  }

  @Override
  protected MemoryStore memories() {
    return memory.memories();
  }

  @Override
  protected TenantId freshTenant() {
    return new TenantId("tenant-" + ++tenants);
  }

  @Test
  void storeThatIsAwaySaysSoAndServesAgainLater() {
    memory.setAway(true);
    MemoryStoreException away =
        assertThrows(
            MemoryStoreException.class,
            () -> memory.sessions().create(TenantId.DEFAULT, NewSession.PLAIN));
    assertTrue(away.isUnavailable());
    memory.setAway(false);
    memory.sessions().create(TenantId.DEFAULT, NewSession.PLAIN);
  }
}
