package dev.palimpsest.engine.token;

import java.util.Arrays;

/** A sequence of token ids. Immutable; two with the same content are equal. */
public final class TokenIds {
  private static final TokenIds EMPTY = new TokenIds(new int[0]);

  private final int[] ids;

  private TokenIds(int[] ids) {
    this.ids = ids;
  }

  /** The ids given, copied. */
  public static TokenIds of(int... ids) {
    return ids.length == 0 ? EMPTY : new TokenIds(ids.clone());
  }

  /** Takes over an array that nobody else will write to. */
  static TokenIds owning(int[] ids) {
    return new TokenIds(ids);
  }

  /** Number of ids. */
  public int size() {
    return ids.length;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return ids.length == 0;
  }

  /** The id at a position from 0 on. */
  public int at(int position) {
    return ids[position];
  }

  /** These ids and then the others. */
  public TokenIds concat(TokenIds others) {
    int[] both = Arrays.copyOf(ids, Math.addExact(ids.length, others.ids.length));
    System.arraycopy(others.ids, 0, both, ids.length, others.ids.length);
    return new TokenIds(both);
  }

  /** The ids from position {@code from} up to, not including, {@code to}. */
  public TokenIds slice(int from, int to) {
    if (from < 0 || from > to || to > ids.length) {
      throw new IndexOutOfBoundsException(from + " to " + to + " of " + ids.length);
    }
    return new TokenIds(Arrays.copyOfRange(ids, from, to));
  }

  /** A new array of the ids, which belongs to the caller. */
  public int[] copy() {
    return ids.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenIds that && Arrays.equals(ids, that.ids);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ids);
  }

  @Override
  public String toString() {
    return Arrays.toString(ids);
  }
}
