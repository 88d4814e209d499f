package dev.palimpsest.runtime.proof;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.retention.Retainer;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.recall.RecallObserver;
import dev.palimpsest.runtime.recall.WorkerLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;

/**
 * Archives and erases what is due, and removes old archives: at the start and once an hour, a step
 * for each tenant in turn until nothing is left to do. Its loop is a platform thread of its own
 * from {@link #start} to {@link #close}. A tenant whose archive cannot be written is left until the
 * next hour, said so in the log, and the service is no less ready.
 */
public final class RetentionWorker implements WorkerLoop.Worker, AutoCloseable {
  /** Name of its thread and in the log. */
  static final String NAME = "retention";

  /** From when nothing was left to when it looks again: policies count in days. */
  static final Duration REST = Duration.ofHours(1);

  private final StoreLink store;
  private final Retainer retainer;
  private final InstantSource clock;
  private final RecallObserver observer;
  private final WorkerLoop loop;
  private final Set<TenantId> troubled = new HashSet<>();
  private Instant looksAt;

  /** Does nothing yet. */
  public RetentionWorker(
      StoreLink store, Retainer retainer, InstantSource clock, RecallObserver observer) {
    this.store = store;
    this.retainer = retainer;
    this.clock = clock;
    this.observer = observer;
    this.loop = new WorkerLoop(NAME, this, observer);
    this.looksAt = clock.instant();
  }

  /** Begins. */
  public void start() {
    loop.start();
  }

  /** Lets the step that runs finish, but not for long: it goes on after the next start. */
  @Override
  public void close() {
    loop.close();
  }

  @Override
  public boolean pass() {
    Instant now = clock.instant();
    if (now.isBefore(looksAt)) {
      return false;
    }
    boolean isMore = false;
    for (TenantId tenant : store.memories().heads().keySet()) {
      isMore |= !troubled.contains(tenant) && step(tenant);
    }
    if (!isMore) {
      looksAt = now.plus(REST);
      troubled.clear();
    }
    return isMore;
  }

  private boolean step(TenantId tenant) {
    try {
      return switch (retainer.step(tenant)) {
        case Retainer.Step.Finished finished -> true;
        case Retainer.Step.Removed removed -> true;
        case Retainer.Step.Nothing nothing -> false;
        case Retainer.Step.Busy busy -> false;
      };
    } catch (IOException e) {
      troubled.add(tenant);
      observer.troubled(NAME, new UncheckedIOException(e));
      return false;
    }
  }
}
