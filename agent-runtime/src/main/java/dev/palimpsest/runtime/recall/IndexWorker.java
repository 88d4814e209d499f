package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.runtime.bridge.StoreLink;

/** TEMP. */
public final class IndexWorker implements WorkerLoop.Worker {
  /** Name of its thread and in health. */
  public static final String NAME = "words";

  private final StoreLink store;
  private final Track track;
  private final RecallObserver observer;

  /** Follows nothing yet. */
  public IndexWorker(StoreLink store, Following following, RecallObserver observer) {
    this.store = store;
    this.track = following.words();
    this.observer = observer;
  }

  WorkerLoop loop() {
    return new WorkerLoop(NAME, this, track.bell(), observer);
  }

  @Override
  public boolean pass() {
    for (TenantId tenant : store.memories().tenants()) {
      long last = store.memories().lastChange(tenant);
      track.tell(tenant, last, last);
    }
    return false;
  }
}
