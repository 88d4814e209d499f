package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.Engine;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.CompactionId;
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
 * The compacted beginnings of an engine's sessions: so many and so many bytes at most, of which the
 * longest unused is given up first, and comes back from its file where there is one. It also lets
 * one compaction in at a time. For many threads; the lock guards the map, and nothing is done under
 * it that waits.
 */
final class PastShelf {
  private static final int COUNT_MAX = 1_000;

  /** This part of the cache at most. */
  private static final int PART_OF_CACHE = 4;

  private static final float LOAD_FACTOR = 0.75f;

  private final Engine engine;
  private final Executor worker;
  private final PastFiles files;
  private final long bytesMax;
  private final Semaphore seat = new Semaphore(1, true);
  private final Semaphore reading = new Semaphore(1, true);
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Owner, CompactedPast> kept = new LinkedHashMap<>(16, LOAD_FACTOR, true);

  /** Whose a beginning is, and which; a session's forks share it. */
  record Owner(TenantId tenant, CompactionId compaction) {}

  /**
   * An empty one.
   *
   * @param worker fits the keys of compactions
   * @param files where they outlive the process
   */
  PastShelf(Engine engine, Executor worker, PastFiles files) {
    this.engine = engine;
    this.worker = worker;
    this.files = files;
    this.bytesMax = engine.plan().cacheBytes() / PART_OF_CACHE;
  }

  Executor worker() {
    return worker;
  }

  PastFiles files() {
    return files;
  }

  /** Waits to be the one who compacts, until {@link #leave}; false when that takes too long. */
  boolean enter(Duration patience) throws InterruptedException {
    return seat.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  void leave() {
    seat.release();
  }

  /**
   * What there is, or comes back from its file.
   *
   * @param salt of its cache
   */
  Optional<CompactedPast> find(Owner owner, String salt) {
    Optional<CompactedPast> there = find(owner);
    if (there.isPresent() || !files.has(salt, owner.compaction())) {
      return there;
    }
    reading.acquireUninterruptibly();
    try {
      return find(owner).or(() -> read(owner, salt));
    } finally {
      reading.release();
    }
  }

  private Optional<CompactedPast> find(Owner owner) {
    lock.lock();
    try {
      return Optional.ofNullable(kept.get(owner)).filter(CompactedPast::isKept);
    } finally {
      lock.unlock();
    }
  }

  private Optional<CompactedPast> read(Owner owner, String salt) {
    CompactedPast past = files.load(salt, owner.compaction());
    if (past == null || !put(owner, past)) {
      return Optional.empty();
    }
    if (!files.has(salt, owner.compaction())) {
      // It was erased meanwhile; who erases looks for what is on the shelf before and after.
      remove(owner);
      return Optional.empty();
    }
    return Optional.of(past);
  }

  /** Keeps a beginning; false where it is larger than all may be, then it is given up. */
  boolean put(Owner owner, CompactedPast past) {
    if (past.bytes() > bytesMax) {
      engine.forget(past);
      return false;
    }
    lock.lock();
    try {
      CompactedPast before = kept.put(owner, past);
      if (before != null) {
        engine.forget(before);
      }
      kept.values().removeIf(one -> !one.isKept());
      giveUpOldest();
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void giveUpOldest() {
    long bytes = kept.values().stream().mapToLong(CompactedPast::bytes).sum();
    Iterator<CompactedPast> oldest = kept.values().iterator();
    while (bytes > bytesMax || kept.size() > COUNT_MAX) {
      CompactedPast past = oldest.next();
      bytes -= past.bytes();
      engine.forget(past);
      oldest.remove();
    }
  }

  /** Gives up what there is. */
  void remove(Owner owner) {
    lock.lock();
    try {
      CompactedPast past = kept.remove(owner);
      if (past != null) {
        engine.forget(past);
      }
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
