package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits until what was acknowledged can be found. Words are waited for by the follower's signal.
 * Vectors are looked at in growing pauses, since their follower may be another process; they are
 * complete once they have the newest change that concerned a memory, whatever came after it.
 */
final class Freshness {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(80);

  private final MemoryStore store;
  private final MemoryVectors vectors;
  private final MemoryIndexes indexes;
  private final IndexFollower follower;

  Freshness(
      MemoryStore store, MemoryVectors vectors, MemoryIndexes indexes, IndexFollower follower) {
    this.store = store;
    this.vectors = vectors;
    this.indexes = indexes;
    this.follower = follower;
  }

  /**
   * How far a search that begins now sees.
   *
   * @param isLagging whether it misses what was acknowledged before it was asked
   */
  record Seen(long upTo, boolean isLagging) {}

  Seen await(TenantId tenant, RecallMode mode, EmbeddingSpace space, Duration longest) {
    long deadline = System.nanoTime() + longest.toNanos();
    long last = store.lastChange(tenant);
    boolean hasWords = awaitWords(tenant, last, longest);
    long words = indexes.searchableUpTo(tenant);
    if (mode == RecallMode.LEXICAL || last == 0) {
      return new Seen(words, !hasWords);
    }
    long wanted = hasWords ? Math.min(last, indexes.newestMemoryChange(tenant)) : last;
    long meaning = awaitVectors(tenant, space, wanted, deadline);
    boolean hasMeaning = meaning >= wanted;
    return new Seen(hasMeaning ? words : Math.min(words, meaning), !hasWords || !hasMeaning);
  }

  private boolean awaitWords(TenantId tenant, long last, Duration longest) {
    try {
      return follower.awaitVisible(tenant, last, longest);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private long awaitVectors(TenantId tenant, EmbeddingSpace space, long wanted, long deadline) {
    long pause = FIRST_PAUSE.toNanos();
    long reached = vectors.checkpoint(tenant, space);
    while (reached < wanted
        && deadline - System.nanoTime() > 0
        && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(Math.min(pause, Math.max(1, deadline - System.nanoTime())));
      pause = Math.min(2 * pause, LONGEST_PAUSE.toNanos());
      reached = vectors.checkpoint(tenant, space);
    }
    return reached;
  }
}
