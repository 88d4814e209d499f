package dev.palimpsest.engine.sample;

import java.util.Arrays;

/**
 * How often each token occurs among the last so many of a generation. For the engine thread; takes
 * memory for the tokens that occur, not for the vocabulary.
 */
final class TokenCounts {
  private static final int FREE = -1;

  private final int window;
  private int[] tokens = new int[16];
  private int length;
  private int[] ids = freed(64);
  private int[] counts = new int[64];
  private int used;

  TokenCounts(int window) {
    this.window = window;
  }

  /** Takes note of a token that was said; what leaves the window counts no more. */
  void add(int token) {
    if (length == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * length);
    }
    tokens[length++] = token;
    if (length > window) {
      counts[slot(tokens[length - 1 - window])]--;
    }
    int slot = slot(token);
    if (ids[slot] == FREE) {
      ids[slot] = token;
      used++;
    }
    counts[slot]++;
    if (2 * used > ids.length) {
      grow();
    }
  }

  private void grow() {
    int[] oldIds = ids;
    int[] oldCounts = counts;
    ids = freed(2 * oldIds.length);
    counts = new int[ids.length];
    for (int i = 0; i < oldIds.length; i++) {
      if (oldIds[i] != FREE) {
        int slot = slot(oldIds[i]);
        ids[slot] = oldIds[i];
        counts[slot] = oldCounts[i];
      }
    }
  }

  private static int[] freed(int slots) {
    int[] free = new int[slots];
    Arrays.fill(free, FREE);
    return free;
  }

  private int slot(int token) {
    int slot = ((token * 0x9E3779B9) >>> 8) & (ids.length - 1);
    while (ids[slot] != FREE && ids[slot] != token) {
      slot = (slot + 1) & (ids.length - 1);
    }
    return slot;
  }

  /** How many slots {@link #id} and {@link #count} have. */
  int slots() {
    return ids.length;
  }

  /** The token in a slot, negative where there is none. */
  int id(int slot) {
    return ids[slot];
  }

  /** How often it occurs; may be 0. */
  int count(int slot) {
    return counts[slot];
  }
}
