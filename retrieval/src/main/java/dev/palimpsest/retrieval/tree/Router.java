package dev.palimpsest.retrieval.tree;

import dev.palimpsest.retrieval.RecallMode;

/**
 * Which way to recall is worth its cost, by what a question looks like: a tree finds more than
 * hybrid recall where somebody must be found out first, and elsewhere finds what that finds
 * (docs/recall.md has the figures).
 */
public final class Router {
  private Router() {}

  /** For a question that does not say how. */
  public static RecallMode route(String question) {
    return Link.first(question).isPresent() ? RecallMode.MCTS : RecallMode.HYBRID;
  }
}
