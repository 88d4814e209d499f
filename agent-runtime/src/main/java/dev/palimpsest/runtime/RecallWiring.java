package dev.palimpsest.runtime;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.postgres.PostgresMemory;
import dev.palimpsest.retrieval.hybrid.HybridRecall;
import dev.palimpsest.retrieval.hybrid.RecallLimits;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.retrieval.selftest.SelfTest;
import dev.palimpsest.retrieval.tree.TreeRecall;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.Embedders;
import dev.palimpsest.runtime.bridge.InProcessEmbedder;
import dev.palimpsest.runtime.bridge.SideModels;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.ops.RecallMetrics;
import dev.palimpsest.runtime.recall.EmbeddingWorker;
import dev.palimpsest.runtime.recall.Followers;
import dev.palimpsest.runtime.recall.Following;
import dev.palimpsest.runtime.recall.IndexWorker;
import dev.palimpsest.runtime.recall.Searches;
import dev.palimpsest.runtime.recall.SpaceKeeper;
import dev.palimpsest.runtime.recall.TenantSpaces;
import dev.palimpsest.runtime.turn.Node;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;

/** Makes what embeds memories and what finds them; {@link Wiring} makes what they stand on. */
@Singleton
final class RecallWiring {
  /** Memories that are embedded at once by the model in this process, at most. */
  private static final int LANES_MAX = 8;

  /** Threads and parts of health, by whose vectors they make. */
  private static final String STANDARD = "meaning";

  private static final String FILE = "meaning-of-file";

  @Produces
  @Singleton
  Embedders embedders(EmbedderSlot standard, SideModels files) {
    return new Embedders(
        new Embedders.Standard(InProcessEmbedder.SPACE, InProcessEmbedder::sha256, standard),
        files.vectors().isPresent()
            ? new EmbedderSlot()
            : EmbedderSlot.empty("no file is named by palimpsest.embedding-model"));
  }

  @Produces
  @Singleton
  TenantSpaces tenantSpaces(StoreLink store, Embedders embedders) {
    return new TenantSpaces(store, embedders);
  }

  @Produces
  @Singleton
  Following following(IndexFollower follower, Embedders embedders) {
    return new Following(follower, embedders);
  }

  @Produces
  @Singleton
  Embedding embedding(
      StoreLink store,
      TenantSpaces spaces,
      Embedders embedders,
      Following following,
      RecallMetrics observer) {
    int lanes = Math.min(Runtime.getRuntime().availableProcessors(), LANES_MAX);
    List<EmbeddingWorker.Post> posts =
        List.of(
            new EmbeddingWorker.Post(STANDARD, embedders.standard(), lanes),
            new EmbeddingWorker.Post(FILE, embedders.file(), 1));
    return new Embedding(
        posts.stream()
            .map(post -> new EmbeddingWorker(store, spaces, post, following, observer))
            .toList());
  }

  @Produces
  @Singleton
  Followers followers(
      Following following, IndexWorker indexing, Embedding embedding, SpaceKeeper keeping) {
    return new Followers(following, indexing, embedding.workers(), keeping);
  }

  @Produces
  @Singleton
  IndexWorker indexWorker(
      StoreLink store,
      IndexFollower follower,
      MemoryIndexes indexes,
      Following following,
      RecallMetrics observer) {
    return new IndexWorker(store, follower, indexes, following, observer);
  }

  @Produces
  @Singleton
  SpaceKeeper spaceKeeper(
      StoreLink store, TenantSpaces spaces, Following following, RecallMetrics observer) {
    return new SpaceKeeper(store, spaces, following, observer);
  }

  @Produces
  @Singleton
  RecallParts recallParts(
      Settings settings, PostgresMemory memory, MemoryIndexes indexes, IndexFollower follower) {
    RecallLimits limits = RecallLimits.USUAL.withPatience(settings.memory().searchWait());
    return new RecallParts(memory, indexes, follower, limits);
  }

  @Produces
  @Singleton
  Searches searches(
      RecallParts parts,
      StoreLink store,
      TenantSpaces spaces,
      Following following,
      Node node,
      RecallMetrics observer) {
    return new Searches(parts::over, store, spaces, following, node.clock(), observer);
  }

  @Produces
  @Singleton
  SelfTest selfTest(PostgresMemory memory, Searches searches, Node node) {
    return new SelfTest(memory.memories(), searches, node.clock());
  }

  /** One for each embedder. */
  record Embedding(List<EmbeddingWorker> workers) {}

  /** What every search asks, whatever the embedder. */
  record RecallParts(
      PostgresMemory memory, MemoryIndexes indexes, IndexFollower follower, RecallLimits limits) {
    TreeRecall over(Embedder embedder) {
      HybridRecall hybrid =
          new HybridRecall(
              memory.memories(), memory.vectors(), embedder, indexes, follower, limits);
      return new TreeRecall(hybrid, System::nanoTime);
    }
  }
}
