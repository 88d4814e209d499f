package dev.palimpsest.compress;

/**
 * Queries of one key/value head: of all query heads that share it, already scaled, so that their
 * products with keys are what the softmax is made of.
 */
public final class Queries {
  private final int dim;
  private final float[] rows;
  private final int[] positions;

  /**
   * @param dim elements of each
   * @param rows {@code [count, dim]}; given away
   * @param positions of the token of each: it sees keys up to there; given away
   */
  public Queries(int dim, float[] rows, int[] positions) {
    if (dim < 1 || rows.length != positions.length * dim) {
      throw new IllegalArgumentException(rows.length + " numbers, " + positions.length + " rows");
    }
    this.dim = dim;
    this.rows = rows;
    this.positions = positions;
  }

  /** Number of queries. */
  public int count() {
    return positions.length;
  }

  /** Elements of each. */
  public int dim() {
    return dim;
  }

  /** The queries, {@code [count, dim]}; not to be changed. */
  public float[] rows() {
    return rows;
  }

  /** The position of one. */
  public int position(int row) {
    return positions[row];
  }

  /**
   * Every so-many-th position's queries, or all others.
   *
   * @param every counts positions in the order in which they first appear
   * @param isThat whether those are wanted, or the others
   */
  Queries split(int every, boolean isThat) {
    boolean[] wanted = new boolean[count()];
    int wantedCount = 0;
    int token = -1;
    for (int i = 0; i < count(); i++) {
      token += i == 0 || positions[i] != positions[i - 1] ? 1 : 0;
      wanted[i] = (token % every == every - 1) == isThat;
      wantedCount += wanted[i] ? 1 : 0;
    }
    float[] some = new float[wantedCount * dim];
    int[] at = new int[wantedCount];
    int to = 0;
    for (int i = 0; i < count(); i++) {
      if (wanted[i]) {
        System.arraycopy(rows, i * dim, some, to * dim, dim);
        at[to++] = positions[i];
      }
    }
    return new Queries(dim, some, at);
  }
}
