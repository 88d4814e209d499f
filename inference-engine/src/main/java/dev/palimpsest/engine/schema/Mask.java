package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.sample.TokenSet;

/** The tokens that may come next, in the form that takes less memory. Immutable. */
sealed interface Mask {
  /** Tokens one by one. */
  final class Few implements Mask {
    private final int[] ids;

    private Few(int[] ids) {
      this.ids = ids;
    }

    /** Adds them to a set. */
    void addTo(TokenSet set) {
      for (int id : ids) {
        set.add(id);
      }
    }
  }

  /** Tokens as bits; nobody writes to them any more. */
  record Many(TokenSet ids) implements Mask {}

  /** They would cost too much to find. */
  record Unknown() implements Mask {}

  /** A mask of some tokens; the set is not written to afterwards. */
  static Mask of(TokenSet ids) {
    int count = ids.count();
    if ((long) count * Integer.BYTES >= ids.bytes()) {
      return new Many(ids);
    }
    int[] few = new int[count];
    for (int i = 0, id = ids.next(0); i < count; i++, id = ids.next(id + 1)) {
      few[i] = id;
    }
    return new Few(few);
  }

  /** About how much memory it takes. */
  default long bytes() {
    return switch (this) {
      case Few few -> 4L * few.ids.length;
      case Many(TokenSet ids) -> ids.bytes();
      case Unknown unknown -> 0;
    };
  }
}
