package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.Recall;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.Recalled;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** The way to ask memory: passes questions on once the store was reached, and takes the time. */
public final class Searches implements Recall {
  private final Recall recall;
  private final StoreLink store;
  private final InstantSource clock;
  private final RecallObserver observer;

  /** Takes whoever answers. */
  public Searches(Recall recall, StoreLink store, InstantSource clock, RecallObserver observer) {
    this.recall = recall;
    this.store = store;
    this.clock = clock;
    this.observer = observer;
  }

  @Override
  public Recalled recall(TenantId tenant, RecallQuery query) {
    store.requireConnected();
    Instant begun = clock.instant();
    Recalled found = recall.recall(tenant, query);
    observer.searched(query.mode(), Duration.between(begun, clock.instant()), found.isLagging());
    return found;
  }
}
