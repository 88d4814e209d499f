package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.runtime.bridge.Embedders;
import dev.palimpsest.runtime.bridge.Projections;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How far the index of words and the vectors of meaning have come, and the way to wake those who
 * keep them. What is told of meaning is told of the space that a tenant's memories are searched in.
 * Safe for many threads.
 */
public final class Following implements Projections {
  private static final Duration BETWEEN_BATCHES = Duration.ofMillis(200);

  private final Embedders embedders;
  private final Bell words;
  private final List<Bell> others = new CopyOnWriteArrayList<>();
  private final AtomicLong imported = new AtomicLong();
  private final Track indexed = new Track();
  private final ConcurrentMap<String, Track> embedded = new ConcurrentHashMap<>();
  private final ConcurrentMap<TenantId, String> searched = new ConcurrentHashMap<>();

  /** Nobody has come anywhere yet. */
  public Following(IndexFollower follower, Embedders embedders) {
    words = new FollowerBell(follower);
    this.embedders = embedders;
  }

  /** Tells the followers that something was written. A hint: they look by themselves too. */
  public void wake() {
    words.ring();
    others.forEach(Bell::ring);
  }

  /** Tells them that an import has committed a batch, and may soon commit the next. */
  public void imported() {
    long ignored = imported.incrementAndGet();
    wake();
  }

  /** Rests of one follower while imports commit. */
  Courtesy courtesy() {
    return new Courtesy(imported::get, BETWEEN_BATCHES);
  }

  @Override
  public long wordsUpTo(TenantId tenant) {
    return indexed.reached(tenant);
  }

  @Override
  public long meaningUpTo(TenantId tenant) {
    return meaning(searched(tenant)).reached(tenant);
  }

  @Override
  public boolean knowsMeaning(TenantId tenant) {
    return embedders.mayServe(searched(tenant));
  }

  /** Changes, of all tenants, that cannot be found by words yet. */
  public long wordsLag() {
    return indexed.lag();
  }

  /** Changes, of all tenants, that cannot be found by meaning yet. */
  public long meaningLag() {
    return searched.keySet().stream().mapToLong(one -> meaning(searched(one)).lag(one)).sum();
  }

  /** The bell of the one who keeps the index. */
  Bell wordsBell() {
    return words;
  }

  /** A bell for one more follower, rung with all others. */
  Bell bell() {
    Bell bell = new RememberedBell();
    others.add(bell);
    return bell;
  }

  Track words() {
    return indexed;
  }

  /** How far a space has come. */
  Track meaning(String space) {
    return embedded.computeIfAbsent(space, id -> new Track());
  }

  /** Tells which space a tenant's memories are searched in. */
  void searched(TenantId tenant, String space) {
    searched.put(tenant, space);
  }

  private String searched(TenantId tenant) {
    return searched.getOrDefault(tenant, embedders.standardSpace().id());
  }
}
