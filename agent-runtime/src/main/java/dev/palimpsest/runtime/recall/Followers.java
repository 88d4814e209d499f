package dev.palimpsest.runtime.recall;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All who follow the store, from {@link #start} to {@link #close}. */
public final class Followers implements AutoCloseable {
  private final Following following;
  private final Map<EmbeddingWorker, WorkerLoop> embedding = new LinkedHashMap<>();
  private final List<WorkerLoop> loops = new ArrayList<>();

  /**
   * Takes the workers; nobody works yet.
   *
   * @param embedding one for each embedder
   */
  public Followers(
      Following following,
      IndexWorker indexing,
      List<EmbeddingWorker> embedding,
      SpaceKeeper keeping) {
    this.following = following;
    loops.add(indexing.loop());
    for (EmbeddingWorker worker : embedding) {
      WorkerLoop loop = worker.loop();
      this.embedding.put(worker, loop);
      loops.add(loop);
    }
    loops.add(keeping.loop());
  }

  /** Begins. */
  public void start() {
    loops.forEach(WorkerLoop::start);
  }

  /** How far they have come. */
  public Following following() {
    return following;
  }

  /** Why one or the other does not get on; empty when all do. */
  public List<String> troubles() {
    return loops.stream()
        .flatMap(loop -> loop.trouble().map(why -> loop.name() + ": " + why).stream())
        .toList();
  }

  /** Why a space does not get on; empty when it does. */
  public Optional<String> trouble(String space) {
    return embedding.entrySet().stream()
        .filter(entry -> entry.getKey().fills(space))
        .findFirst()
        .map(entry -> entry.getValue().trouble())
        .orElse(Optional.of("its model is not loaded"));
  }

  /** Ends their work, without losing any: what is not done is done after the next start. */
  @Override
  public void close() {
    loops.forEach(WorkerLoop::close);
    embedding.keySet().forEach(EmbeddingWorker::close);
  }
}
