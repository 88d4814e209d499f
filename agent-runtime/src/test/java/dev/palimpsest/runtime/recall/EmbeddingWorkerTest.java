package dev.palimpsest.runtime.recall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TokenVectors;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.consolidation.Consolidator;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.ModelException;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.bridge.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingWorkerTest {
  private static final TenantId A = TenantId.DEFAULT;
  private static final TenantId B = new TenantId("other");

  private final InMemoryMemory memory =
      new InMemoryMemory(InstantSource.system(), new CountingIds());
  private final StoreLink store = new StoreLink();
  private final WordEmbedder embedder = new WordEmbedder();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final Following following;
  private EmbeddingWorker worker;

  EmbeddingWorkerTest(@TempDir Path folder) {
    following =
        new Following(
            new IndexFollower(
                memory.memories(),
                new MemoryIndexes(folder),
                InstantSource.system(),
                Duration.ofSeconds(1)));
    store.become(
        new StoreLink.State.Connected(
            memory.sessions(),
            memory.keys(),
            memory.agents(),
            memory.memories(),
            memory.vectors(),
            memory.imports(),
            memory.audit()));
    worker = worker(EmbedderSlot.of(embedder));
  }

  @Test
  void everyTenantsMemoriesGetTheirVectors() throws InterruptedException {
    MemoryId cat = add(A, "The cat sleeps. It dreams of mice.");
    MemoryId dog = add(B, "The dog barks.");
    drain();
    assertEquals(List.of(cat), nearest(A, "It dreams of mice."));
    assertEquals(List.of(dog), nearest(B, "the dog barks"));
    assertEquals(memory.memories().lastChange(A), following.meaningUpTo(A));
    assertEquals(memory.memories().lastChange(B), following.meaningUpTo(B));
    assertEquals(0, following.meaningLag());
    int before = embedder.embedded();
    assertFalse(worker.pass());
    assertEquals(before, embedder.embedded());
  }

  @Test
  void tokensThatSaySomethingAreKeptButNotOfPartsThatAreTooManyForOneMemory()
      throws InterruptedException {
    MemoryId cat = add(A, "The cat sleeps. It dreams of mice.");
    MemoryId book = add(A, "One page. " + "word ".repeat(TokenVectors.TOKENS_MAX) + "end.");
    drain();
    Map<MemoryId, TokenVectors> kept =
        memory.vectors().tokens(A, WordEmbedder.SPACE, Map.of(cat, 1, book, 1));
    assertEquals(4, Objects.requireNonNull(kept.get(cat)).count());
    assertEquals(2, Objects.requireNonNull(kept.get(book)).count());
  }

  @Test
  void onlyTheVersionInForceIsEmbeddedAndWhatWasErasedIsPassedOver() throws InterruptedException {
    MemoryId kept = add(A, "first");
    MemoryId gone = add(A, "gone");
    revise(kept, "second");
    assertTrue(memory.memories().erase(A, gone).isPresent());
    drain();
    assertEquals(1, embedder.embedded());
    assertEquals(List.of(kept), nearest(A, "second"));
    revise(kept, "third");
    drain();
    assertEquals(2, embedder.embedded());
    assertEquals(List.of(kept), nearest(A, "third"));
  }

  @Test
  void nothingIsLostWhileTheEmbedderIsAwayAndTheProcessDies() throws InterruptedException {
    MemoryId early = add(A, "written before there was an embedder");
    worker = worker(new EmbedderSlot());
    assertFalse(worker.pass());
    assertEquals(0, following.meaningUpTo(A));
    worker = worker(EmbedderSlot.of(embedder));
    embedder.setBroken(true);
    assertThrows(ModelException.class, () -> worker.pass());
    assertEquals(0, memory.vectors().checkpoint(A, WordEmbedder.SPACE));
    embedder.setBroken(false);
    worker = worker(EmbedderSlot.of(embedder));
    drain();
    assertEquals(List.of(early), nearest(A, "written before there was an embedder"));
    assertEquals(List.of(), told);
  }

  @Test
  void aTextWithoutAVectorIsPassedOverAndKeepsNobodyWaiting() throws InterruptedException {
    embedder.poison("xyzzy");
    add(A, "xyzzy");
    MemoryId good = add(A, "good");
    drain();
    assertEquals(List.of(good), nearest(A, "good"));
    assertEquals(1, told.size());
    assertTrue(told.getFirst().startsWith("passed over mem_"), told::toString);
  }

  @Test
  void aBatchUnderOneNumberIsWrittenInPortionsAndCountsWhenItIsWhole() throws InterruptedException {
    List<NewMemory> batch = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      batch.add(memory("number " + i));
    }
    assertEquals(300, memory.memories().add(A, batch).size());
    embedder.poison("number 299");
    drain();
    assertEquals(299 + 1 + 2, embedder.embedded());
    assertEquals(
        memory.memories().lastChange(A), memory.vectors().checkpoint(A, WordEmbedder.SPACE));
    assertEquals(
        299,
        memory
            .vectors()
            .nearest(
                A,
                WordEmbedder.SPACE,
                embedder.embed(List.of("number")).getFirst(),
                MemoryFilter.of(Scope.NONE),
                1000)
            .size());
  }

  @Test
  void theLoopGoesOnAfterTheStoreWasAwayAndAfterABug() throws InterruptedException {
    memory.setAway(true);
    assertThrows(MemoryStoreException.class, () -> worker.pass());
    try (WorkerLoop loop = worker.loop()) {
      loop.start();
      memory.setAway(false);
      add(A, "after the outage");
      following.wake();
      await(() -> following.meaningUpTo(A) > 0);
      embedder.setBroken(true);
      MemoryId late = add(A, "while it was broken");
      following.wake();
      await(() -> loop.trouble().isPresent());
      embedder.setBroken(false);
      await(() -> following.meaningUpTo(A) >= memory.memories().lastChange(A));
      await(() -> loop.trouble().isEmpty());
      assertEquals(late, nearest(A, "while it was broken").getFirst());
    }
    assertTrue(told.contains("troubled meaning"), told::toString);
    await(() -> told.contains("recovered meaning"));
  }

  private void drain() throws InterruptedException {
    for (int passes = 0; worker.pass(); passes++) {
      assertTrue(passes < 1000, "there is always more");
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 2000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(10);
    }
    assertTrue(condition.getAsBoolean());
  }

  private EmbeddingWorker worker(EmbedderSlot slot) {
    return new EmbeddingWorker(store, slot, following, new Listening(), 2);
  }

  private MemoryId add(TenantId tenant, String text) {
    return memory.memories().add(tenant, List.of(memory(text))).getFirst().id();
  }

  private void revise(MemoryId id, String text) {
    assertTrue(memory.memories().revise(A, id, MemoryText.of(text)).isPresent());
  }

  private static NewMemory memory(String text) {
    return new NewMemory(
        Scope.NONE,
        MemoryKind.EPISODE,
        new Origin("test", null, null, 0),
        MemoryText.of(text),
        null);
  }

  private List<MemoryId> nearest(TenantId tenant, String text) {
    return memory
        .vectors()
        .nearest(
            tenant,
            WordEmbedder.SPACE,
            new WordEmbedder().embed(List.of(text)).getFirst(),
            MemoryFilter.of(Scope.NONE),
            1)
        .stream()
        .map(MemoryVectors.Near::id)
        .toList();
  }

  private final class Listening implements RecallObserver {
    @Override
    public void searched(RecallMode mode, Duration took, boolean isLagging) {
      told.add("searched");
    }

    @Override
    public void embedded(TenantId tenant, int memories) {
      assertTrue(memories >= 0);
    }

    @Override
    public void passedOver(TenantId tenant, MemoryId id, int version, RuntimeException cause) {
      told.add("passed over " + id);
    }

    @Override
    public void consolidated(TenantId tenant, Consolidator.Step step) {
      told.add("consolidated");
    }

    @Override
    public void troubled(String follower, RuntimeException cause) {
      told.add("troubled " + follower);
    }

    @Override
    public void recovered(String follower) {
      told.add("recovered " + follower);
    }
  }
}
