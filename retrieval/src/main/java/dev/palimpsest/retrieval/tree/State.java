package dev.palimpsest.retrieval.tree;

import dev.palimpsest.memory.MemoryId;
import java.util.List;

/** Where a search is: what it believes. Immutable. */
interface State {
  /** The best memories at this point, best first. */
  List<MemoryId> best();

  /** How long the last step took. */
  long micros();
}
