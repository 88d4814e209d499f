package dev.palimpsest.retrieval.hybrid;

import dev.palimpsest.memory.MemoryId;
import org.jspecify.annotations.Nullable;

/**
 * What something gains from a memory.
 *
 * @param id of the memory; null when there is none
 * @param lift how much, never negative
 */
record Best(@Nullable MemoryId id, double lift) {
  static final Best NONE = new Best(null, 0);

  /** The stronger; of equals the one with the smaller id, whatever order they come in. */
  static Best of(Best a, Best b) {
    int order = Double.compare(a.lift, b.lift);
    return order > 0 || (order == 0 && a.name().compareTo(b.name()) <= 0) ? a : b;
  }

  /** Its id as text, empty when there is none. */
  String name() {
    return id == null ? "" : id.value();
  }
}
