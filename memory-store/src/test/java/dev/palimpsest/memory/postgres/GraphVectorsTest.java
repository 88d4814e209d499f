package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryVectorsContract;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A search by the graph finds what the contract says: as many as there are, and all of them
 * admitted by the filter. The graph is approximate in what is nearest; among so few vectors its
 * candidate list holds enough to be right.
 */
@ExtendWith(NeedsPostgres.class)
final class GraphVectorsTest extends MemoryVectorsContract {
  @RegisterExtension static final MigratedStore STORE = new MigratedStore();

  @Override
  protected Opened open(TestClock clock, IdSource ids) {
    Opened opened = STORE.open(clock, ids);
    return new Opened(
        opened.memories(),
        STORE.graphVectors(),
        opened.imports(),
        opened.sessions(),
        opened.audit());
  }

  @Override
  protected TenantId freshTenant() {
    return STORE.freshTenant();
  }
}
