package dev.palimpsest.memory;

import java.util.regex.Pattern;

/**
 * Within which vectors may be compared: one model, one hash, one number of dimensions.
 *
 * @param id 1 to 63 of {@code a-z 0-9 . _ -}, for example {@code bge-small-en-v1.5-q}
 * @param dimensions 1 to {@link #DIMENSIONS_MAX}
 */
public record EmbeddingSpace(String id, int dimensions) {
  /** What pgvector can index as {@code halfvec}. */
  public static final int DIMENSIONS_MAX = 4000;

  private static final Pattern SHAPE = Pattern.compile("[a-z0-9._-]{1,63}");

  /** Checks the spelling and the count. */
  public EmbeddingSpace {
    if (!SHAPE.matcher(id).matches() || dimensions < 1 || dimensions > DIMENSIONS_MAX) {
      throw new IllegalArgumentException(
          "not an embedding space: " + StorableText.quote(id) + " of " + dimensions);
    }
  }
}
