package dev.palimpsest.memory.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.Consolidation.Linking;
import dev.palimpsest.memory.Consolidation.Place;
import dev.palimpsest.memory.Consolidation.Spent;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFixture;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryVectors.VersionVectors;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Near-duplicates among so many vectors that the graph is asked, within one scope exactly. */
@ExtendWith(NeedsPostgres.class)
final class GraphSimilarTest extends MemoryFixture {
  @RegisterExtension static final MigratedStore STORE = new MigratedStore();

  private static final EmbeddingSpace SPACE = new EmbeddingSpace("graph", 384);
  private static final Scope ADA = Scope.ofUser("ada");

  @Override
  protected Opened open(TestClock testClock, IdSource ids) {
    return STORE.open(testClock, ids);
  }

  @Override
  protected TenantId freshTenant() {
    return STORE.freshTenant();
  }

  @Test
  void theGraphFindsWhatIsNearInTheSameScope() {
    // So few that the graph drops no link: of vectors that are all equally far it may lose some.
    for (int i = 1; i < 16; i++) {
      Memory other = vector(i % 2 == 0 ? ADA : Scope.NONE, "words " + i, i, 0.3f);
      assertEquals(1, other.version());
    }
    Memory near = vector(ADA, "nearly that", 0, 0.05f);
    Memory elsewhere = vector(Scope.NONE, "that exactly, elsewhere", 0, 0);
    Memory several = newest(added(said(ADA, "a long text of two parts", null)).id());
    vectors.put(
        tenant,
        SPACE,
        List.of(new VersionVectors(several.id(), 1, List.of(embedding(0, 0), embedding(1, 0)))),
        0,
        several.change());
    Memory one = vector(ADA, "that", 0, 0);
    Consolidation consolidation = STORE.graphConsolidation(clock);
    int links =
        consolidation.link(
            tenant,
            new Linking(
                List.of(one, elsewhere, several),
                List.of(),
                SPACE,
                0.95,
                new Place(one.change(), one.id().value())),
            new Spent(LocalDate.EPOCH, 3));
    assertEquals(1, links);
    assertEquals(List.of(near.id()), similar(consolidation, one));
    assertEquals(List.of(one.id()), similar(consolidation, near));
    assertEquals(List.of(), similar(consolidation, elsewhere));
    assertEquals(List.of(), similar(consolidation, several));
    assertEquals(3, consolidation.standing(tenant, LocalDate.EPOCH).spent());
    assertEquals(0, consolidation.standing(tenant, LocalDate.EPOCH.plusDays(1)).spent());
  }

  private List<MemoryId> similar(Consolidation consolidation, Memory memory) {
    return consolidation.similar(tenant, memory.id()).stream()
        .map(one -> one.memory().id())
        .toList();
  }

  private Memory vector(Scope scope, String text, int axis, float aside) {
    Memory memory = newest(added(said(scope, text, null)).id());
    vectors.put(
        tenant,
        SPACE,
        List.of(new VersionVectors(memory.id(), 1, List.of(embedding(axis, aside)))),
        0,
        memory.change());
    return memory;
  }

  /** Along an axis, and a little along the last one. */
  private static Embedding embedding(int axis, float aside) {
    float[] values = new float[SPACE.dimensions()];
    values[axis] = 1;
    values[values.length - 1] = aside;
    return Embedding.normalised(values);
  }
}
