package dev.palimpsest.runtime.recall;

import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.runtime.bridge.StoreLink;

/** Drives the follower that keeps the index of words, and tells how far it has come. */
public final class IndexWorker implements WorkerLoop.Worker {
  /** Name of its thread and in health. */
  public static final String NAME = "words";

  private final StoreLink store;
  private final IndexFollower follower;
  private final MemoryIndexes indexes;
  private final Track track;
  private final Bell bell;
  private final RecallObserver observer;

  /** Follows nothing yet. */
  public IndexWorker(
      StoreLink store,
      IndexFollower follower,
      MemoryIndexes indexes,
      Following following,
      RecallObserver observer) {
    this.store = store;
    this.follower = follower;
    this.indexes = indexes;
    this.track = following.words();
    this.bell = following.wordsBell();
    this.observer = observer;
  }

  WorkerLoop loop() {
    return new WorkerLoop(NAME, this, bell, observer);
  }

  @Override
  public boolean pass() {
    store.requireConnected();
    int taken = follower.step();
    store
        .memories()
        .heads()
        .forEach((tenant, last) -> track.tell(tenant, indexes.searchableUpTo(tenant), last));
    return taken > 0;
  }
}
