package dev.palimpsest.compress;

import dev.palimpsest.engine.kv.HeadKeys;
import org.jspecify.annotations.Nullable;

/**
 * One head of a stretch that is to be compacted: its exact keys and values, the queries that a
 * compaction is fitted to, and how many keys at its beginning stay as they are (attention sinks).
 * For one thread at a time.
 */
public final class HeadCase {
  private final HeadKeys exact;
  private final Queries queries;
  private final int sinks;
  private @Nullable Attended attended;

  /**
   * @param exact all keys, without biases
   * @param queries for the fit; may be none
   * @param sinks keys that are kept with their own values and no bias, the first ones
   */
  public HeadCase(HeadKeys exact, Queries queries, int sinks) {
    if (sinks < 0 || sinks > exact.count() || queries.dim() != exact.dim()) {
      throw new IllegalArgumentException(sinks + " sinks of " + exact.count() + " keys");
    }
    this.exact = exact;
    this.queries = queries;
    this.sinks = sinks;
  }

  /** All keys and values. */
  public HeadKeys exact() {
    return exact;
  }

  /** The queries of the fit. */
  public Queries queries() {
    return queries;
  }

  /** How many keys at the beginning stay as they are. */
  public int sinks() {
    return sinks;
  }

  /** What the queries make of the keys; computed once. */
  public Attended attended() {
    if (attended == null) {
      attended = Attended.of(queries, exact);
    }
    return attended;
  }
}
