package dev.palimpsest.memory.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.MemoryVectors.VersionVectors;
import dev.palimpsest.memory.MemoryVectorsContract;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @ValueSource(ints = {768, 1024})
  void otherWidthsHaveAGraphToo(int dimensions) {
    EmbeddingSpace space = new EmbeddingSpace("wide-" + dimensions, dimensions);
    List<MemoryId> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.add(remembered("number " + i).id());
      vectors.put(
          tenant,
          space,
          List.of(new VersionVectors(ids.get(i), 1, List.of(axis(dimensions, i)))),
          0,
          1);
    }
    for (int i = 0; i < 5; i++) {
      List<MemoryVectors.Near> found =
          vectors.nearest(tenant, space, axis(dimensions, i), MemoryFilter.of(Scope.NONE), 1);
      assertEquals(ids.get(i), found.getFirst().id());
      assertEquals(1, found.getFirst().cosine(), 1e-3);
    }
  }

  private static Embedding axis(int dimensions, int i) {
    float[] values = new float[dimensions];
    values[dimensions - 1 - i] = 1;
    return Embedding.normalised(values);
  }
}
