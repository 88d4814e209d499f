package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.KeptSpace;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryChange;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.MemoryVectors.VersionVectors;
import dev.palimpsest.memory.Reading;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TokenVectors;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.ModelException;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Gives memories their vectors in the space of one embedder: follows the store's changes above the
 * vectors' own checkpoint, in every tenant that has the space, newest versions only. Each share is
 * one transaction with the checkpoint, which is moved when all memories of a change number have
 * their vectors; whatever was under way when the process died is done once more. Without the
 * embedder nothing moves, and nothing is lost. Each embedder has a worker of its own, so that none
 * waits for another that is slow or fails.
 */
public final class EmbeddingWorker implements WorkerLoop.Worker, AutoCloseable {
  /** Parts of one memory that get a vector, about 30,000 tokens; what follows is found by words. */
  static final int PARTS_MAX = 64;

  /** Texts of which every model makes something; two, for one alone may be remembered. */
  private static final List<String> PROBES = List.of("Ada went home.", "It rained.");

  private static final int CHANGES = 64;
  private static final int MEMORIES_PER_WRITE = 32;

  private final StoreLink store;
  private final TenantSpaces spaces;
  private final Post post;
  private final Following following;
  private final Bell bell;
  private final Courtesy courtesy;
  private final RecallObserver observer;
  private final Map<TenantId, Standing> standings = new HashMap<>();
  private final ExecutorService lanes;
  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("embedding-writer").daemon().factory());

  /**
   * What one worker does.
   *
   * @param name of its thread and in health
   * @param slot where its embedder is or will be
   * @param lanes memories that are embedded at once
   */
  public record Post(String name, EmbedderSlot slot, int lanes) {}

  /**
   * What is known of a tenant's space.
   *
   * @param space as it stood; null where the tenant has none
   * @param isReady whether the store knows that it was filled once
   * @param looked the change up to which this holds
   */
  private record Standing(@Nullable KeptSpace space, boolean isReady, long looked) {
    static Standing of(@Nullable KeptSpace space, long looked) {
      boolean wasAlways = space != null && space.createdAt() == null;
      return new Standing(space, wasAlways || (space != null && space.readyAt() != null), looked);
    }

    /** Whether another space stands in the place of the one that was followed. */
    boolean isOther(Standing before) {
      return space == null
          || before.space == null
          || !Objects.equals(space.createdAt(), before.space.createdAt());
    }
  }

  /** Follows nothing yet. */
  public EmbeddingWorker(
      StoreLink store,
      TenantSpaces spaces,
      Post post,
      Following following,
      RecallObserver observer) {
    this.store = store;
    this.spaces = spaces;
    this.post = post;
    this.following = following;
    this.bell = following.bell();
    this.courtesy = following.courtesy();
    this.observer = observer;
    this.lanes =
        Executors.newFixedThreadPool(
            post.lanes, Thread.ofPlatform().name("embedding-", 0).daemon().factory());
  }

  /** Whether it fills this space, as far as is known by now. */
  boolean fills(String space) {
    return post.slot.find().filter(one -> one.space().id().equals(space)).isPresent();
  }

  /** Its loop, to be started and closed by whoever asks. */
  WorkerLoop loop() {
    return new WorkerLoop(post.name, this, bell, observer);
  }

  @Override
  public boolean pass() throws InterruptedException {
    Optional<Embedder> embedder = post.slot.find();
    if (embedder.isEmpty()) {
      return false;
    }
    boolean isMore = false;
    for (Map.Entry<TenantId, Long> head : store.memories().heads().entrySet()) {
      isMore |= follow(head.getKey(), head.getValue(), embedder.get());
    }
    return isMore;
  }

  @Override
  public void close() {
    courtesy.close();
    lanes.shutdownNow();
    writer.shutdownNow();
  }

  /** Whatever is done to spaces is a change; a tenant without new ones is not asked for them. */
  private Standing look(TenantId tenant, long last, Embedder embedder, Track track) {
    Standing before = standings.get(tenant);
    if (before != null && before.looked >= last) {
      return before;
    }
    Standing now = Standing.of(spaces.filledBy(tenant, embedder.space()).orElse(null), last);
    if (before == null || now.isOther(before)) {
      track.forget(tenant);
    }
    standings.put(tenant, now);
    return now;
  }

  private boolean follow(TenantId tenant, long last, Embedder embedder)
      throws InterruptedException {
    Track track = following.meaning(embedder.space().id());
    Standing standing = look(tenant, last, embedder, track);
    if (standing.space == null) {
      return false;
    }
    boolean isMore = takeShare(tenant, last, embedder, track);
    if (!isMore && !standing.isReady) {
      store.spaces().ready(tenant, embedder.space());
      standings.put(tenant, new Standing(standing.space, true, standing.looked));
    }
    return isMore;
  }

  private boolean takeShare(TenantId tenant, long last, Embedder embedder, Track track)
      throws InterruptedException {
    long reached = track.reached(tenant);
    if (reached >= last) {
      track.tell(tenant, reached, last);
      return false;
    }
    long checkpoint = store.vectors().checkpoint(tenant, embedder.space());
    long from = Math.max(checkpoint, reached);
    List<MemoryChange> changes = store.memories().changes(tenant, from, CHANGES);
    if (changes.isEmpty()) {
      track.tell(tenant, last, last);
      return false;
    }
    track.tell(tenant, from, last);
    new Share(tenant, embedder, checkpoint).write(changes);
    track.tell(tenant, changes.getLast().number(), last);
    return true;
  }

  /** Some changes of one tenant. */
  private final class Share {
    private final TenantId tenant;
    private final Embedder embedder;
    private final long checkpoint;
    private final MemoryVectors vectors = store.vectors();

    Share(TenantId tenant, Embedder embedder, long checkpoint) {
      this.tenant = tenant;
      this.embedder = embedder;
      this.checkpoint = checkpoint;
    }

    /**
     * Many memories may come under one number; they are written in portions, each while the next
     * one is embedded.
     */
    void write(List<MemoryChange> changes) throws InterruptedException {
      List<Memory> memories = newest(changes);
      Future<?> writing = CompletableFuture.completedFuture(null);
      int from = 0;
      do {
        courtesy.rest();
        int to = Math.min(memories.size(), from + MEMORIES_PER_WRITE);
        List<VersionVectors> made = embed(memories.subList(from, to));
        long number = to == memories.size() ? changes.getLast().number() : checkpoint;
        Object written = result(writing);
        assert written == null;
        writing = writer.submit(() -> put(made, number));
        from = to;
      } while (from < memories.size());
      Object written = result(writing);
      assert written == null;
    }

    private void put(List<VersionVectors> made, long number) {
      vectors.put(tenant, embedder.space(), made, checkpoint, number);
      observer.embedded(tenant, made.size());
    }

    private List<VersionVectors> embed(List<Memory> memories) throws InterruptedException {
      List<Callable<Optional<VersionVectors>>> calls = new ArrayList<>();
      memories.forEach(memory -> calls.add(() -> embed(memory)));
      List<VersionVectors> made = new ArrayList<>();
      for (Future<Optional<VersionVectors>> call : lanes.invokeAll(calls)) {
        result(call).ifPresent(made::add);
      }
      return made;
    }

    /** Parts whose tokens would be too many for one memory keep their whole vector alone. */
    private VersionVectors read(Memory memory, List<String> parts) {
      List<Embedding> wholes = new ArrayList<>();
      List<TokenVectors> tokens = new ArrayList<>();
      int count = 0;
      for (String part : parts) {
        Reading reading = embedder.read(part);
        TokenVectors content = reading.content(part);
        count += content.count();
        wholes.add(reading.whole());
        tokens.add(count <= TokenVectors.TOKENS_MAX ? content : TokenVectors.NONE);
      }
      return new VersionVectors(memory.id(), memory.version(), wholes, tokens);
    }

    /**
     * A text of which the model makes nothing must not keep others waiting; a model that makes
     * nothing of any text must.
     */
    private Optional<VersionVectors> embed(Memory memory) {
      try {
        List<String> parts = embedder.split(memory.content().spoken());
        return Optional.of(read(memory, parts.subList(0, Math.min(parts.size(), PARTS_MAX))));
      } catch (ModelException | IllegalArgumentException e) {
        List<Embedding> shown = embedder.embed(PROBES);
        observer.passedOver(tenant, memory.id(), memory.version(), e);
        assert shown.size() == PROBES.size();
        return Optional.empty();
      }
    }
  }

  /** Each memory once, as it is now; what was erased or superseded meanwhile is left out. */
  private static List<Memory> newest(List<MemoryChange> changes) {
    Map<MemoryId, Memory> newest = new LinkedHashMap<>();
    for (MemoryChange change : changes) {
      newest.remove(change.id());
      change.versions().stream()
          .filter(Memory::isNewest)
          .forEach(memory -> newest.put(memory.id(), memory));
    }
    return List.copyOf(newest.values());
  }

  private static <T> T result(Future<T> call) throws InterruptedException {
    try {
      return call.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("embedding failed: " + e.getCause(), e);
    }
  }
}
