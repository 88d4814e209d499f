package dev.palimpsest.engine.token;

import java.util.Arrays;

/**
 * Merges neighbouring symbols of a text, always the pair of the best rank, among equals the
 * leftmost, until no pair is left that may merge. For {@code n} symbols at most {@code 3n} pairs
 * pass through the heap, so a merge of the whole takes O(n log n) whatever the text is. Reused from
 * one piece of text to the next; for one thread.
 */
final class Merger {
  /** What decides which pairs merge. */
  interface Pairs {
    /** Says that two neighbours do not merge. */
    long NONE = -1;

    /**
     * The rank of a merge in the upper half (smaller is earlier), the id it gives in the lower, or
     * {@link #NONE}.
     */
    long merged(Merger symbols, int left, int right);
  }

  private static final int DEAD = -1;

  /** Where a symbol's bytes begin; one more entry than symbols, for the end of the last. */
  private int[] starts = new int[64];

  private int[] ids = new int[64];
  private int[] next = new int[64];
  private int[] previous = new int[64];
  private int count;

  /** Pairs that may merge: rank in the upper half, left symbol in the lower; a binary heap. */
  private long[] heap = new long[64];

  private int heapSize;
  private long steps;

  /** Forgets all symbols. */
  void clear() {
    count = 0;
  }

  /** Adds a symbol after the others: where its bytes begin, and its id or -1. */
  void add(int start, int id) {
    if (count + 1 == starts.length) {
      grow();
    }
    starts[count] = start;
    ids[count] = id;
    next[count] = count + 1;
    previous[count] = count - 1;
    count++;
  }

  private void grow() {
    int length = Math.addExact(starts.length, starts.length >> 1);
    starts = Arrays.copyOf(starts, length);
    ids = Arrays.copyOf(ids, length);
    next = Arrays.copyOf(next, length);
    previous = Arrays.copyOf(previous, length);
  }

  /** Merges all that may merge; the last symbol's bytes end at {@code end}. */
  void merge(int end, Pairs pairs) {
    starts[count] = end;
    heapSize = 0;
    for (int left = 0; left + 1 < count; left++) {
      push(pairs, left, left + 1);
    }
    while (heapSize > 0) {
      long top = pop();
      steps++;
      int left = (int) top;
      int right = next[left];
      if (right == DEAD || right == count) {
        continue;
      }
      long merged = pairs.merged(this, left, right);
      // An entry whose symbols have changed since is worth nothing, unless what stands there now
      // merges at the same rank: then that is the very next merge.
      if (merged >= 0 && merged >>> 32 == top >>> 32) {
        join(pairs, left, right, (int) merged);
      }
    }
  }

  private void join(Pairs pairs, int left, int right, int id) {
    int after = next[right];
    ids[left] = id;
    next[left] = after;
    next[right] = DEAD;
    if (previous[left] >= 0) {
      push(pairs, previous[left], left);
    }
    if (after < count) {
      previous[after] = left;
      push(pairs, left, after);
    }
  }

  /** The first symbol, or {@link #count} where there is none. */
  int first() {
    return 0;
  }

  /** The symbol after this one, {@link #count} after the last. */
  int after(int symbol) {
    return next[symbol];
  }

  /** The number that comes after the last symbol. */
  int count() {
    return count;
  }

  int id(int symbol) {
    return ids[symbol];
  }

  int start(int symbol) {
    return starts[symbol];
  }

  int end(int symbol) {
    return starts[next[symbol]];
  }

  /** Pairs that were taken from the heap since the merger was made: the work done. */
  long steps() {
    return steps;
  }

  private void push(Pairs pairs, int left, int right) {
    long merged = pairs.merged(this, left, right);
    if (merged < 0) {
      return;
    }
    if (heapSize == heap.length) {
      heap = Arrays.copyOf(heap, Math.addExact(heapSize, heapSize >> 1));
    }
    long entry = (merged & 0xffff_ffff_0000_0000L) | left;
    int at = heapSize++;
    while (at > 0 && heap[(at - 1) >> 1] > entry) {
      heap[at] = heap[(at - 1) >> 1];
      at = (at - 1) >> 1;
    }
    heap[at] = entry;
  }

  private long pop() {
    long top = heap[0];
    long last = heap[--heapSize];
    int at = 0;
    int child = 1;
    while (child < heapSize) {
      if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= last) {
        break;
      }
      heap[at] = heap[child];
      at = child;
      child = 2 * at + 1;
    }
    heap[at] = last;
    return top;
  }
}
