package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.consolidation.Consolidator;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.StoreLink;
import org.jspecify.annotations.Nullable;

/**
 * Consolidates memories while the service is idle: a step for each tenant, then it looks whether
 * there is something better to do. Its loop is a platform thread of its own from {@link #start} to
 * {@link #close}. Where it has trouble it says so in the log and tries again; the service is no
 * less ready.
 */
public final class ConsolidationWorker implements WorkerLoop.Worker, AutoCloseable {
  /** Name of its thread and in the log. */
  public static final String NAME = "consolidation";

  private final StoreLink store;
  private final Consolidator consolidator;
  private final EmbedderSlot embedders;
  private final Idleness idleness;
  private final RecallObserver observer;
  private final WorkerLoop loop;

  /** Does nothing yet. */
  public ConsolidationWorker(
      StoreLink store,
      Consolidator consolidator,
      EmbedderSlot embedders,
      Idleness idleness,
      RecallObserver observer) {
    this.store = store;
    this.consolidator = consolidator;
    this.embedders = embedders;
    this.idleness = idleness;
    this.observer = observer;
    this.loop = new WorkerLoop(NAME, this, new RememberedBell(), observer);
  }

  /** Begins. */
  public void start() {
    loop.start();
  }

  /** Lets the step that runs finish, but not for long. */
  @Override
  public void close() {
    loop.close();
  }

  @Override
  public boolean pass() {
    if (embedders.state() instanceof EmbedderSlot.State.Loading || !idleness.isIdle()) {
      return false;
    }
    EmbeddingSpace space = embedders.find().map(Embedder::space).orElse(null);
    boolean isMore = false;
    for (TenantId tenant : store.memories().heads().keySet()) {
      if (!idleness.isIdle()) {
        return false;
      }
      isMore |= step(tenant, space);
    }
    if (!isMore) {
      idleness.rest();
    }
    return isMore;
  }

  private boolean step(TenantId tenant, @Nullable EmbeddingSpace space) {
    Consolidator.Step step = consolidator.step(tenant, space);
    observer.consolidated(tenant, step);
    return step.kind() != Consolidator.Kind.NOTHING;
  }
}
