package dev.palimpsest.retrieval.tree;

/**
 * Where a search grows next. All but the first are there to be compared with it: they ask the same
 * things of memory and are judged by the same values.
 */
public enum Strategy {
  /** By PUCT: what promises much, and what was looked at little. */
  TREE,
  /** At the best state there is. */
  GREEDY,
  /** At the best few states of one depth, then of the next. */
  BEAM,
  /** Anywhere. */
  RANDOM
}
