package dev.palimpsest.engine.token;

import java.util.Arrays;

/** A growing row of token ids. */
final class IdBuffer {
  private int[] ids = new int[64];
  private int size;

  void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, size + (size >> 1));
    }
    ids[size++] = id;
  }

  int size() {
    return size;
  }

  /** Removes all from this place on. */
  void truncate(int length) {
    size = length;
  }

  TokenIds toIds() {
    return TokenIds.owning(Arrays.copyOf(ids, size));
  }
}
