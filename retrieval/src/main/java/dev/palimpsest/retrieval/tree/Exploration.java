package dev.palimpsest.retrieval.tree;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.retrieval.Explanation.Part;
import java.util.Map;

/** A way to search for what answers a question; it counts what that takes. */
interface Exploration<S extends State> extends SearchTree.Domain<S, Action> {
  /** Where the search begins. */
  S first();

  /** What was found out up to a state adds so much to scores by the question itself. */
  Map<MemoryId, Part> lifts(S state);

  /** The longest that one action took so far. */
  long slowestNanos();

  /** Of texts, about. */
  int tokensRead();
}
