package dev.palimpsest.runtime.turn;

import dev.palimpsest.retrieval.Recall;
import dev.palimpsest.runtime.bridge.StoreLink;

/**
 * Where turns know from what was said.
 *
 * @param store what was said in sessions, and the memories themselves
 * @param recall finds which of them matter now
 */
public record TurnSources(StoreLink store, Recall recall) {}
