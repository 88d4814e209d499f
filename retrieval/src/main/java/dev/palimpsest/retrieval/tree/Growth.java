package dev.palimpsest.retrieval.tree;

import dev.palimpsest.retrieval.Budget;

/**
 * How a search is to grow.
 *
 * @param seed of whatever is drawn: with the same one, and no limit of time, it grows the same
 */
public record Growth(Budget budget, Strategy strategy, long seed) {
  /** Where nobody says anything. */
  public static final Growth USUAL = new Growth(Budget.USUAL, Strategy.TREE, 0);
}
