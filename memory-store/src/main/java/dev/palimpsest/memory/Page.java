package dev.palimpsest.memory;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a longer list.
 *
 * @param data in the list's order, copied
 * @param next what to hand in as {@code after} for the following page; null on the last one
 */
public record Page<T>(List<T> data, @Nullable String next) {
  /** The most entries a page can be asked for. */
  public static final int LIMIT_MAX = 1000;

  /** Copies the list. */
  public Page {
    data = List.copyOf(data);
  }

  /**
   * Returns {@code limit} when it is one.
   *
   * @throws IllegalArgumentException unless 1 ≤ limit ≤ {@link #LIMIT_MAX}
   */
  public static int requireLimit(int limit) {
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("limit is " + limit + "; 1 to " + LIMIT_MAX);
    }
    return limit;
  }
}
