package dev.palimpsest.retrieval.index;

import dev.palimpsest.memory.MemoryChange;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps the word indexes up with the store. One thread, owned by whoever made this, calls {@link
 * #step} again and again and rests in {@link #awaitHint} when there was nothing; any thread may
 * {@link #hint} and {@link #awaitVisible}. The hint saves waiting and no more: looking is the
 * truth. The lock guards the two conditions and is never held across I/O.
 */
public final class IndexFollower {
  /** About how many changes of one tenant a step takes. */
  static final int CHANGES_PER_STEP = 500;

  private final MemoryStore store;
  private final MemoryIndexes indexes;
  private final InstantSource clock;
  private final Duration commitInterval;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition hinted = lock.newCondition();
  private final Condition advanced = lock.newCondition();
  private boolean isHinted;
  private Instant lastCommit;

  /**
   * Follows nothing yet.
   *
   * @param commitInterval how much work a crash may cost: what came later is read from the store
   *     again at the next start
   */
  public IndexFollower(
      MemoryStore store, MemoryIndexes indexes, InstantSource clock, Duration commitInterval) {
    this.store = store;
    this.indexes = indexes;
    this.clock = clock;
    this.commitInterval = commitInterval;
    this.lastCommit = clock.instant();
  }

  /**
   * Takes a share of what is new of each tenant, and commits when it is time. After an exception it
   * may be called again: nothing is lost, and nothing is taken twice to any effect.
   *
   * @return how many changes were taken; 0: everything there is can be found
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   * @throws IndexException when an index cannot be written
   */
  public int step() {
    int taken = 0;
    for (Map.Entry<TenantId, Long> head : store.heads().entrySet()) {
      taken += follow(head.getKey(), head.getValue());
    }
    commitWhenDue();
    return taken;
  }

  /** Says that something was written. */
  public void hint() {
    lock.lock();
    try {
      isHinted = true;
      hinted.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Rests until there is a hint, or for so long. */
  public void awaitHint(Duration longest) throws InterruptedException {
    lock.lock();
    try {
      long left = longest.toNanos();
      while (!isHinted && left > 0) {
        left = hinted.awaitNanos(left);
      }
      isHinted = false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until a search finds everything up to {@code change}.
   *
   * @return false when the time ran out before
   */
  public boolean awaitVisible(TenantId tenant, long change, Duration longest)
      throws InterruptedException {
    if (indexes.searchableUpTo(tenant) >= change) {
      return true;
    }
    hint();
    lock.lock();
    try {
      long left = longest.toNanos();
      while (indexes.searchableUpTo(tenant) < change && left > 0) {
        left = advanced.awaitNanos(left);
      }
      return indexes.searchableUpTo(tenant) >= change;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The head is read before the changes: when these come to an end, the index is complete up to it
   * at least. A head below the checkpoint belongs to another history, a database that was restored
   * or replaced, and the index begins again.
   */
  private int follow(TenantId tenant, long head) {
    MemoryIndex index = indexes.forWriting(tenant);
    if (index.checkpoint().change() > head) {
      index.clear();
    }
    long after = index.checkpoint().change();
    if (after == head) {
      return 0;
    }
    List<MemoryChange> changes = store.changes(tenant, after, CHANGES_PER_STEP);
    boolean isEnd = changes.size() < CHANGES_PER_STEP;
    index.apply(changes, isEnd ? head : changes.getLast().number());
    tellAdvanced();
    return changes.size();
  }

  private void tellAdvanced() {
    lock.lock();
    try {
      advanced.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void commitWhenDue() {
    Instant now = clock.instant();
    if (Duration.between(lastCommit, now).compareTo(commitInterval) >= 0) {
      indexes.all().forEach(MemoryIndex::commit);
      lastCommit = now;
    }
  }
}
