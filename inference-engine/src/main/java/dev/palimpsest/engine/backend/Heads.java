package dev.palimpsest.engine.backend;

/**
 * The heads of an attention layer.
 *
 * @param query number of query heads, a multiple of {@code keyValue}
 * @param keyValue number of key/value heads
 * @param dim elements of a head
 */
public record Heads(int query, int keyValue, int dim) {
  /** Checks the counts. */
  public Heads {
    if (query < 1 || keyValue < 1 || dim < 1 || query % keyValue != 0) {
      throw new IllegalArgumentException(
          "no attention with " + query + " query, " + keyValue + " key/value heads of " + dim);
    }
  }

  /** Query heads that share a key/value head. */
  public int group() {
    return query / keyValue;
  }

  /** Elements of all query heads of a token. */
  public int queryWidth() {
    return query * dim;
  }

  /** Elements of all key heads of a token; the values have the same. */
  public int keyValueWidth() {
    return keyValue * dim;
  }
}
