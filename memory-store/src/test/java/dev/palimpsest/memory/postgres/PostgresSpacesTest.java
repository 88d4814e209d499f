package dev.palimpsest.memory.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.EmbeddingSpaces;
import dev.palimpsest.memory.EmbeddingSpacesContract;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.KeptSpace;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.MemoryVectors.VersionVectors;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.NewSpace;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SpaceChange;
import dev.palimpsest.memory.SpaceCreation;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** PostgreSQL keeps spaces as the contract says, whoever else changes them. */
@ExtendWith(NeedsPostgres.class)
final class PostgresSpacesTest extends EmbeddingSpacesContract {
  private static final int THREADS = 8;

  @RegisterExtension static final MigratedStore STORE = new MigratedStore();

  @Override
  protected Opened open(TestClock clock, IdSource ids) {
    PostgresMemory memory = STORE.memory(clock, ids);
    return new Opened(memory.spaces(), memory.vectors(), memory.memories());
  }

  @Override
  protected TenantId freshTenant() {
    return STORE.freshTenant();
  }

  @Test
  void ofManyWhoMakeOneAtOnceNoMoreThanTheLimitSucceed() throws Exception {
    EmbeddingSpaces spaces = STORE.memory(new TestClock(), new CountingIds()).spaces();
    TenantId tenant = STORE.freshTenant();
    List<SpaceCreation> made = atOnce(i -> spaces.create(tenant, space(i), space(99)));
    assertEquals(
        EmbeddingSpaces.SPACES_MAX - 1,
        made.stream().filter(SpaceCreation.Created.class::isInstance).count());
    assertEquals(EmbeddingSpaces.SPACES_MAX, spaces.list(tenant).size());
  }

  @Test
  void whoeverSwitchesAndDropsAtOnceOneSpaceIsActiveAndItIsNotDropped() throws Exception {
    EmbeddingSpaces spaces = STORE.memory(new TestClock(), new CountingIds()).spaces();
    TenantId tenant = STORE.freshTenant();
    for (int i = 0; i < 3; i++) {
      spaces.create(tenant, space(i), space(99));
      spaces.ready(tenant, space(i).space());
    }
    List<SpaceChange> changes =
        atOnce(i ->
            i % 2 == 0
                ? spaces.activate(tenant, space(i % 3).space().id())
                : spaces.drop(tenant, space(i % 3).space().id()));
    assertEquals(THREADS, changes.size());
    List<KeptSpace> left = spaces.list(tenant);
    assertEquals(1, left.stream().filter(s -> s.state() == KeptSpace.State.ACTIVE).count());
    assertTrue(
        spaces.active(tenant).isPresent() && left.size() == EmbeddingSpaces.SPACES_MAX,
        left::toString);
  }

  @Test
  void whoeverWritesVectorsWhileASpaceIsDroppedLeavesNoneBehind() throws Exception {
    PostgresMemory memory = STORE.memory(new TestClock(), new CountingIds());
    TenantId tenant = STORE.freshTenant();
    NewSpace dropped = space(0);
    memory.spaces().create(tenant, dropped, space(99));
    Embedding vector = Embedding.normalised(new float[] {1, 0, 0});
    List<MemoryId> ids = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      NewMemory one =
          new NewMemory(
              Scope.NONE,
              MemoryKind.EPISODE,
              new Origin("test", null, null, i),
              MemoryText.of("number " + i),
              null);
      ids.add(memory.memories().add(tenant, List.of(one)).getFirst().id());
    }
    atOnce(thread -> {
      for (int i = 0; i < ids.size(); i++) {
        if (thread == 0 && i == ids.size() / 2) {
          memory.spaces().drop(tenant, dropped.space().id());
          while (memory.spaces().remove(tenant, dropped.space().id(), null, 3).isPresent()) {
            Thread.onSpinWait();
          }
        }
        VersionVectors vectors = new VersionVectors(ids.get(i), 1, List.of(vector));
        memory.vectors().put(tenant, dropped.space(), List.of(vectors), 0, 1);
      }
      return thread;
    });
    assertEquals(1, memory.spaces().list(tenant).size());
    assertEquals(0, memory.vectors().checkpoint(tenant, dropped.space()));
    assertEquals(
        List.of(),
        memory.vectors().nearest(tenant, dropped.space(), vector, MemoryFilter.of(Scope.NONE), 10));
  }

  private static NewSpace space(int i) {
    return new NewSpace(new EmbeddingSpace("space-" + i, 3), "model", "0a".repeat(32));
  }

  /** Something done by each thread. */
  private interface Work<T> {
    T by(int thread);
  }

  private static <T> List<T> atOnce(Work<T> work) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<T>> calls = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        calls.add(() -> work.by(thread));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(calls)) {
        results.add(result.get());
      }
      return results;
    }
  }
}
