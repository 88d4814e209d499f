package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.Engine;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.SessionId;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The compacted beginnings of an engine's sessions, one for each: so many and so many bytes at
 * most, of which the longest unused is given up first. It also lets one compaction in at a time.
 * For many threads; the lock guards the map, and nothing is done under it that waits.
 */
final class PastShelf {
  private static final int COUNT_MAX = 1_000;

  /** This part of the cache at most. */
  private static final int PART_OF_CACHE = 4;

  private static final float LOAD_FACTOR = 0.75f;

  private final Engine engine;
  private final Executor worker;
  private final long bytesMax;
  private final Semaphore seat = new Semaphore(1, true);
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Owner, Kept> kept = new LinkedHashMap<>(16, LOAD_FACTOR, true);

  /** Whose a beginning is. */
  record Owner(TenantId tenant, SessionId session) {}

  /** What is kept. */
  record Kept(CompactedPast past, CompactPart part) {}

  /**
   * An empty one.
   *
   * @param worker fits the keys of compactions
   */
  PastShelf(Engine engine, Executor worker) {
    this.engine = engine;
    this.worker = worker;
    this.bytesMax = engine.plan().cacheBytes() / PART_OF_CACHE;
  }

  Executor worker() {
    return worker;
  }

  /** Waits to be the one who compacts, until {@link #leave}; false when that takes too long. */
  boolean enter(Duration patience) throws InterruptedException {
    return seat.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  void leave() {
    seat.release();
  }

  /** What there is of a session. */
  Optional<Kept> find(Owner owner) {
    lock.lock();
    try {
      return Optional.ofNullable(kept.get(owner)).filter(one -> one.past().isKept());
    } finally {
      lock.unlock();
    }
  }

  /** Keeps a beginning instead of an earlier one; false where it is larger than all may be. */
  boolean put(Owner owner, Kept next) {
    if (next.past().bytes() > bytesMax) {
      engine.forget(next.past());
      return false;
    }
    lock.lock();
    try {
      Kept before = kept.put(owner, next);
      if (before != null) {
        engine.forget(before.past());
      }
      kept.values().removeIf(one -> !one.past().isKept());
      giveUpOldest();
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void giveUpOldest() {
    long bytes = kept.values().stream().mapToLong(one -> one.past().bytes()).sum();
    Iterator<Kept> oldest = kept.values().iterator();
    while (bytes > bytesMax || kept.size() > COUNT_MAX) {
      CompactedPast past = oldest.next().past();
      bytes -= past.bytes();
      engine.forget(past);
      oldest.remove();
    }
  }

  /** Gives up what there is of a session. */
  Optional<CompactPart> remove(Owner owner) {
    lock.lock();
    try {
      Kept one = kept.remove(owner);
      if (one == null || !one.past().isKept()) {
        return Optional.empty();
      }
      engine.forget(one.past());
      return Optional.of(one.part());
    } finally {
      lock.unlock();
    }
  }

  /** Takes what there is of a tenant's sessions off; their memory is the engine's to forget. */
  void forget(TenantId tenant) {
    lock.lock();
    try {
      kept.keySet().removeIf(owner -> owner.tenant().equals(tenant));
    } finally {
      lock.unlock();
    }
  }
}
