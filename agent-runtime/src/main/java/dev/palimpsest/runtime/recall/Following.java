package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.runtime.bridge.Projections;

/**
 * How far the index of words and the vectors of meaning have come, and the way to wake those who
 * keep them. Safe for many threads.
 */
public final class Following implements Projections {
  private final Track words;
  private final Track meaning = new Track(new RememberedBell());

  /** Nobody has come anywhere yet. */
  public Following(IndexFollower follower) {
    words = new Track(new FollowerBell(follower));
  }

  /** Tells the followers that something was written. A hint: they look by themselves too. */
  public void wake() {
    words.bell().ring();
    meaning.bell().ring();
  }

  @Override
  public long wordsUpTo(TenantId tenant) {
    return words.reached(tenant);
  }

  @Override
  public long meaningUpTo(TenantId tenant) {
    return meaning.reached(tenant);
  }

  /** Changes, of all tenants, that cannot be found by words yet. */
  public long wordsLag() {
    return words.lag();
  }

  /** Changes, of all tenants, that cannot be found by meaning yet. */
  public long meaningLag() {
    return meaning.lag();
  }

  Track words() {
    return words;
  }

  Track meaning() {
    return meaning;
  }
}
