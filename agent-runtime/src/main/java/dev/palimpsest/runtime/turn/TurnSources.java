package dev.palimpsest.runtime.turn;

import dev.palimpsest.retrieval.Recall;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.tool.HttpTools;

/**
 * Where turns know from what was said.
 *
 * @param store what was said in sessions, and the memories themselves
 * @param recall finds which of them matter now
 * @param http calls the tools that are not ours
 */
public record TurnSources(StoreLink store, Recall recall, HttpTools http) {
  /** Where no tool is called but our own. */
  public TurnSources(StoreLink store, Recall recall) {
    this(store, recall, HttpTools.none());
  }
}
