package dev.palimpsest.retrieval.index;

import java.util.Map;
import java.util.Optional;

/**
 * How far an index follows the store. Travels in the user data of each Lucene commit, so that
 * documents and number are on disk together or not at all: {@code format} ({@link #FORMAT}), {@code
 * change} and {@code memory_change}, decimal.
 *
 * @param change every change up to this one is in the index
 * @param memoryChange the newest of them that wrote or erased a memory; 0 when none did
 */
record Checkpoint(long change, long memoryChange) {
  /** Rises whenever fields or analysis change: an index of another format is built anew. */
  static final String FORMAT = "2";

  /** Of an index that holds nothing. */
  static final Checkpoint ZERO = new Checkpoint(0, 0);

  private static final String FORMAT_KEY = "format";
  private static final String CHANGE_KEY = "change";
  private static final String MEMORY_CHANGE_KEY = "memory_change";

  Checkpoint {
    if (memoryChange < 0 || change < memoryChange) {
      throw new IllegalArgumentException(
          "a checkpoint has 0 ≤ memory change ≤ change, not " + memoryChange + ", " + change);
    }
  }

  /** What a commit carries; empty when it is of another format or says nothing that fits. */
  static Optional<Checkpoint> of(Map<String, String> userData) {
    try {
      return FORMAT.equals(userData.get(FORMAT_KEY))
          ? Optional.of(
              new Checkpoint(number(userData, CHANGE_KEY), number(userData, MEMORY_CHANGE_KEY)))
          : Optional.empty();
    } catch (IllegalArgumentException damaged) {
      return Optional.empty();
    }
  }

  /** For the commit. */
  Map<String, String> userData() {
    return Map.of(
        FORMAT_KEY,
        FORMAT,
        CHANGE_KEY,
        Long.toString(change),
        MEMORY_CHANGE_KEY,
        Long.toString(memoryChange));
  }

  private static long number(Map<String, String> userData, String key) {
    return Long.parseLong(userData.getOrDefault(key, ""));
  }
}
