package dev.palimpsest.retrieval;

import java.util.List;

/**
 * What a query found.
 *
 * @param hits best first, each memory once
 * @param searchedUpTo change number that all parts of the search had seen
 * @param isLagging whether the last acknowledged write was not among it
 */
public record Recalled(List<Hit> hits, long searchedUpTo, boolean isLagging) {
  /** Copies the list. */
  public Recalled {
    hits = List.copyOf(hits);
  }
}
