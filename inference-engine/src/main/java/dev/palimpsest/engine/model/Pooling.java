package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Metadata;
import java.util.Optional;

/** How the vectors of a text's tokens become one; the order is that of the numbers in files. */
public enum Pooling {
  /** They do not. */
  NONE,
  /** Their mean. */
  MEAN,
  /** The first one's. */
  FIRST,
  /** The last one's. */
  LAST,
  /** A score is made of the first one's, in a decoder of the last one's. */
  SCORE;

  private static final Pooling[] BY_NUMBER = values();

  /** What a model file says, empty where it says nothing. */
  static Optional<Pooling> of(Metadata metadata, String prefix) {
    String key = prefix + "pooling_type";
    if (!metadata.has(key)) {
      return Optional.empty();
    }
    long number = metadata.number(key);
    if (number < 0 || number >= BY_NUMBER.length) {
      throw metadata.refuse(key, number + " is no way to pool vectors that this engine knows");
    }
    return Optional.of(BY_NUMBER[(int) number]);
  }
}
