package dev.palimpsest.engine.sample;

import java.util.Arrays;

/** A set of token ids of one vocabulary, kept as bits and used again and again; for one thread. */
public final class TokenSet {
  private final int vocabulary;
  private final long[] bits;

  /** An empty set over the ids below {@code vocabulary}. */
  public TokenSet(int vocabulary) {
    this.vocabulary = vocabulary;
    this.bits = new long[(vocabulary + Long.SIZE - 1) / Long.SIZE];
  }

  /**
   * Adds an id; harmless when repeated.
   *
   * @throws IndexOutOfBoundsException for an id that the vocabulary does not have
   */
  public void add(int id) {
    if (id < 0 || id >= vocabulary) {
      throw new IndexOutOfBoundsException("token " + id + " of " + vocabulary);
    }
    bits[id / Long.SIZE] |= 1L << id;
  }

  /**
   * Adds all ids of another set.
   *
   * @throws IndexOutOfBoundsException if the other is over more ids
   */
  public void addAll(TokenSet other) {
    if (other.vocabulary > vocabulary) {
      throw new IndexOutOfBoundsException("tokens of " + other.vocabulary + ", not " + vocabulary);
    }
    for (int word = 0; word < other.bits.length; word++) {
      bits[word] |= other.bits[word];
    }
  }

  /** How many ids are in the set. */
  public int count() {
    int count = 0;
    for (long word : bits) {
      count += Long.bitCount(word);
    }
    return count;
  }

  /** Memory that the ids take, however many there are. */
  public long bytes() {
    return (long) bits.length * Long.BYTES;
  }

  /** Whether the id was added. */
  public boolean contains(int id) {
    return id >= 0 && id < vocabulary && (bits[id / Long.SIZE] & 1L << id) != 0;
  }

  /** Takes all ids out. */
  public void clear() {
    Arrays.fill(bits, 0);
  }

  /** The smallest id in the set from {@code from} on, or -1. */
  public int next(int from) {
    int word = from / Long.SIZE;
    if (from >= vocabulary) {
      return -1;
    }
    long left = bits[word] & -1L << from;
    while (left == 0 && ++word < bits.length) {
      left = bits[word];
    }
    return left == 0 ? -1 : word * Long.SIZE + Long.numberOfTrailingZeros(left);
  }
}
