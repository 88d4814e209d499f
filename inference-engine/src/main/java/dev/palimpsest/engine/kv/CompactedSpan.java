package dev.palimpsest.engine.kv;

import dev.palimpsest.engine.backend.Tiles;

/**
 * A stretch of a sequence's cache of which every head of every layer keeps its own number of keys,
 * each with a bias; see {@link Tiles} for how they lie. Shared by whoever goes on from it: {@link
 * CompactedSpans} counts who holds it. For the engine thread; its memory does not change.
 */
public final class CompactedSpan implements KvSpan {
  private final int tokens;
  private final Tiles tiles;
  private final long bytes;
  private int holders = 1;

  CompactedSpan(int tokens, Tiles tiles, long bytes) {
    this.tokens = tokens;
    this.tiles = tiles;
    this.bytes = bytes;
  }

  /** Tokens for which it stands; it takes no more. */
  @Override
  public int capacityTokens() {
    return tokens;
  }

  /** Where its keys and values lie. */
  public Tiles tiles() {
    return tiles;
  }

  /** Bytes of the slab that are its own: keys, values, biases and positions, and nothing else. */
  public long bytes() {
    return bytes;
  }

  /** How often it is held; 0 when it was given back. */
  public int holders() {
    return holders;
  }

  void hold() {
    requireHeld();
    holders++;
  }

  /** Says whether nobody holds it any more. */
  boolean letGo() {
    requireHeld();
    return --holders == 0;
  }

  void requireHeld() {
    if (holders == 0) {
      throw new IllegalStateException("the span was already given back");
    }
  }
}
