package dev.palimpsest.retrieval.tree;

import dev.palimpsest.memory.MemoryId;
import java.util.List;

/**
 * A state of a search that follows links: how the question reads by now.
 *
 * @param question with names in place of the links that were followed
 * @param bridges what was followed, the first link first
 * @param next what the next link may lead to, most believed first; empty after the last link
 * @param worth how much this reading is believed to find, 0 to 1
 */
record Chain(
    String question,
    List<Bridge> bridges,
    List<Bridge> next,
    double worth,
    List<MemoryId> best,
    long micros)
    implements State {
  Chain {
    bridges = List.copyOf(bridges);
    next = List.copyOf(next);
    best = List.copyOf(best);
  }

  /**
   * Who a link is, by a memory.
   *
   * @param memory that says so
   * @param trust 0 to 1
   */
  record Bridge(Link link, MemoryId memory, String name, double trust) {}
}
