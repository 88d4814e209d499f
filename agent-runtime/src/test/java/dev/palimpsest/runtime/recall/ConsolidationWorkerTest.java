package dev.palimpsest.runtime.recall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.postgres.EmbeddedPostgres;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.memory.postgres.PostgresMemory;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.consolidation.ConsolidationLimits;
import dev.palimpsest.retrieval.consolidation.Consolidator;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.bridge.WordEmbedder;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NeedsPostgres.class)
class ConsolidationWorkerTest {
  private static final TenantId A = new TenantId("a");
  private static final TenantId B = new TenantId("b");

  private final TestClock clock = new TestClock();
  private final PostgresMemory memory =
      new PostgresMemory(
          EmbeddedPostgres.shared().migratedDatabase().app(),
          clock,
          new CountingIds(),
          new SecureRandom());
  private final StoreLink store = new StoreLink();
  private final AtomicBoolean isAtWork = new AtomicBoolean();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final Following following;

  ConsolidationWorkerTest(@TempDir Path folder) {
    following =
        new Following(
            new IndexFollower(
                memory.memories(), new MemoryIndexes(folder), clock, Duration.ofSeconds(1)),
            WordEmbedder.standardIn(EmbedderSlot.empty("none")));
    store.become(
        new StoreLink.State.Connected(
            memory.sessions(),
            memory.keys(),
            memory.agents(),
            memory.memories(),
            memory.vectors(),
            memory.spaces(),
            memory.imports(),
            memory.audit()));
  }

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void everyTenantGetsAStepWhileTheServiceIsIdleAndNoneWhileItIsNot() {
    talk(A);
    talk(B);
    try (ConsolidationWorker worker = worker(EmbedderSlot.empty("none"))) {
      clock.advance(Duration.ofMinutes(59));
      isAtWork.set(true);
      assertFalse(worker.pass());
      isAtWork.set(false);
      assertFalse(worker.pass(), "not idle for a minute");
      assertEquals(List.of(), told);
      clock.advance(Idleness.REST);
      assertTrue(worker.pass());
      assertEquals(List.of("a NOTED 0", "b NOTED 0"), told);
      assertTrue(worker.pass());
      assertTrue(told.containsAll(List.of("a DIGESTED 1", "b DIGESTED 1")), told::toString);
      isAtWork.set(true);
      assertFalse(worker.pass());
      assertEquals(4, told.size());
      isAtWork.set(false);
      clock.advance(Idleness.REST);
      for (int passes = 0; worker.pass(); passes++) {
        assertTrue(passes < 100, "there is always more");
      }
      int steps = told.size();
      assertFalse(worker.pass());
      assertEquals(steps, told.size(), "it rests for a minute");
    }
  }

  @Test
  void nothingIsDoneBeforeItIsKnownWhetherThereIsAnEmbedder() {
    talk(A);
    try (ConsolidationWorker worker = worker(new EmbedderSlot())) {
      clock.advance(Duration.ofHours(2));
      assertFalse(worker.pass());
      assertEquals(List.of(), told);
    }
  }

  private ConsolidationWorker worker(EmbedderSlot slot) {
    Consolidator consolidator =
        new Consolidator(
            memory.memories(),
            memory.vectors(),
            memory.consolidation(),
            ConsolidationLimits.USUAL,
            clock);
    return new ConsolidationWorker(
        store, consolidator, slot, new Idleness(following, isAtWork::get, clock), new Listening());
  }

  private void talk(TenantId tenant) {
    for (int i = 0; i < 6; i++) {
      NewMemory said =
          new NewMemory(
              Scope.NONE,
              MemoryKind.EPISODE,
              new Origin("talk", "s1", null, i),
              MemoryText.of("In year " + i + " the garden had many roses."),
              null);
      assertEquals(1, memory.memories().add(tenant, List.of(said)).size());
    }
  }

  private final class Listening implements RecallObserver {
    @Override
    public void searched(RecallMode mode, Duration took, boolean isLagging) {
      throw new AssertionError("nobody searches");
    }

    @Override
    public void embedded(TenantId tenant, int memories) {
      throw new AssertionError("nobody embeds");
    }

    @Override
    public void passedOver(TenantId tenant, MemoryId id, int version, RuntimeException cause) {
      throw new AssertionError(cause);
    }

    @Override
    public void consolidated(TenantId tenant, Consolidator.Step step) {
      told.add(tenant.value() + " " + step.kind() + " " + step.count());
    }

    @Override
    public void troubled(String follower, RuntimeException cause) {
      throw new AssertionError(cause);
    }

    @Override
    public void recovered(String follower) {
      throw new AssertionError(follower);
    }
  }
}
