package dev.palimpsest.runtime.recall;

import java.util.List;

/** All who follow the store, from {@link #start} to {@link #close}. */
public final class Followers implements AutoCloseable {
  private final Following following;
  private final EmbeddingWorker embedding;
  private final List<WorkerLoop> loops;

  /** Takes the workers; nobody works yet. */
  public Followers(Following following, IndexWorker indexing, EmbeddingWorker embedding) {
    this.following = following;
    this.embedding = embedding;
    this.loops = List.of(indexing.loop(), embedding.loop());
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

  /** Ends their work, without losing any: what is not done is done after the next start. */
  @Override
  public void close() {
    loops.forEach(WorkerLoop::close);
    embedding.close();
  }
}
