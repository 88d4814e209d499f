package dev.palimpsest.compress;

import dev.palimpsest.engine.kv.HeadKeys;

/**
 * A way to make a head's keys and values fewer. Pure: the same case gives the same keys. May be
 * called on any thread, for several heads at a time.
 */
public interface Compactor {
  /** A short name for tables and reports. */
  String name();

  /**
   * Makes them fewer.
   *
   * @param keys how many may be left, at least the sinks of the case and at most all
   * @return so many or fewer, positions among those of the case, the sinks untouched
   */
  HeadKeys compact(HeadCase head, int keys);
}
