package dev.palimpsest.retrieval.tree;

import dev.palimpsest.memory.MemoryId;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A state of a search: what was asked, and what is believed after it.
 *
 * @param done what was asked on the way here
 * @param gains what the answers to that add to the scores of memories
 * @param named how often each memory was among those answers
 * @param best the best {@link #SIZE} at this point, best first
 * @param micros how long the last step took
 */
record Evidence(
    Set<Action> done,
    Map<MemoryId, Double> gains,
    Map<MemoryId, Integer> named,
    List<MemoryId> best,
    long micros)
    implements State {
  /** How many memories a state is judged by. */
  static final int SIZE = 10;

  Evidence {
    done = Set.copyOf(done);
    gains = Map.copyOf(gains);
    named = Map.copyOf(named);
    best = List.copyOf(best);
  }
}
