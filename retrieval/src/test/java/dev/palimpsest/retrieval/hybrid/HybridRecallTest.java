package dev.palimpsest.retrieval.hybrid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.retrieval.HashedEmbedder;
import dev.palimpsest.retrieval.Memories;
import dev.palimpsest.retrieval.Recall;
import dev.palimpsest.retrieval.RecallContract;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.Recalled;
import dev.palimpsest.retrieval.VectorFollower;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recall of the service, over the double of the store, with its followers at work. */
final class HybridRecallTest extends RecallContract {
  /** Longer than on a busy machine any follower takes. */
  private static final RecallLimits PATIENT = new RecallLimits(300, Duration.ofSeconds(20));

  private final TestClock clock = new TestClock();
  private final InMemoryMemory memory = new InMemoryMemory(clock, new CountingIds());
  private final HashedEmbedder embedder = new HashedEmbedder();
  private final MemoryStore store = memory.memories();
  private final VectorFollower vectors = new VectorFollower(store, memory.vectors(), embedder);
  private MemoryIndexes indexes;
  private IndexFollower follower;
  private Recall recall;
  private Thread following;
  private volatile boolean isClosing;
  private int tenants;

  @BeforeEach
  void open(@TempDir Path folder) {
    indexes = new MemoryIndexes(folder);
    follower = new IndexFollower(store, indexes, clock, Duration.ofSeconds(5));
    recall = recall(PATIENT);
    following = Thread.ofPlatform().start(this::follow);
  }

  @AfterEach
  void close() throws InterruptedException {
    isClosing = true;
    follower.hint();
    following.join();
    indexes.close();
  }

  @Override
  protected MemoryStore store() {
    return store;
  }

  @Override
  protected Recall recall() {
    return recall;
  }

  @Override
  protected TestClock clock() {
    return clock;
  }

  @Override
  protected TenantId freshTenant() {
    return new TenantId("tenant-" + ++tenants);
  }

  @Test
  void whoeverDoesNotWaitIsToldWhatIsMissing() throws InterruptedException {
    close();
    TenantId tenant = freshTenant();
    store.add(tenant, List.of(new Memories(new Random(1)).memory()));
    Recalled found = recall(new RecallLimits(300, Duration.ofMillis(20))).recall(tenant, ask());
    assertEquals(new Recalled(List.of(), 0, true), found);
  }

  @Test
  void changesThatConcernNoMemoryDoNotMakeASearchLag() {
    TenantId tenant = freshTenant();
    store.add(tenant, List.of(new Memories(new Random(1)).memory()));
    memory.keys().create(tenant, "key", Set.of(Right.READ), null);
    Recalled found = recall.recall(tenant, ask());
    assertFalse(found.isLagging());
    assertEquals(store.lastChange(tenant), found.searchedUpTo());
    assertTrue(found.hits().size() == 1);
  }

  private static RecallQuery ask() {
    return new RecallQuery("roses", MemoryFilter.of(Scope.NONE), 5, RecallMode.HYBRID);
  }

  private HybridRecall recall(RecallLimits limits) {
    return new HybridRecall(store, memory.vectors(), embedder, indexes, follower, limits);
  }

  private void follow() {
    try {
      while (!isClosing) {
        if (follower.step() + vectors.step() == 0) {
          follower.awaitHint(Duration.ofMillis(5));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
