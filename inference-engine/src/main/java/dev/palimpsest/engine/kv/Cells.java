package dev.palimpsest.engine.kv;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Cuts pages of a pool into pieces of any size: keeps for each page what of it is free, joins free
 * pieces that touch, and gives a page back when all of it is free. Knows offsets only. For the
 * engine thread.
 */
final class Cells {
  /** Room for fewer keys than this is left for others, unless no more are wanted. */
  static final int RUN_MIN = 8;

  private final KvPool pool;
  private final long pageBytes;

  /** Of each page that is cut: where its free pieces begin, and how long each is. */
  private final Map<Integer, TreeMap<Long, Long>> pages = new HashMap<>();

  private long usedBytes;

  Cells(KvPool pool) {
    this.pool = pool;
    this.pageBytes = pool.layout().pageBytes();
  }

  /** A piece of a page: where it begins in the slab, in bytes, and how many units it has. */
  record Piece(long offset, int units) {}

  /**
   * Takes room for as many units as possible, in one piece.
   *
   * @param units how many are wanted
   * @param unitBytes the size of each
   * @return null where there is no room at all, or none for some more than a few of them
   */
  @Nullable Piece take(int units, int unitBytes) {
    int least = Math.min(units, RUN_MIN);
    for (Map.Entry<Integer, TreeMap<Long, Long>> page : pages.entrySet()) {
      for (Map.Entry<Long, Long> free : page.getValue().entrySet()) {
        long fits = free.getValue() / unitBytes;
        if (fits >= least) {
          long at = free.getKey();
          int taken = (int) Math.min(units, fits);
          cut(page.getValue(), at, free.getValue(), (long) taken * unitBytes);
          return new Piece(page.getKey() * pageBytes + at, taken);
        }
      }
    }
    if (pool.freePages() == 0 || pageBytes / unitBytes < least) {
      return null;
    }
    TreeMap<Long, Long> whole = new TreeMap<>(Map.of(0L, pageBytes));
    pages.put(pool.takePage(), whole);
    return take(units, unitBytes);
  }

  private void cut(Map<Long, Long> free, long at, long length, long bytes) {
    free.remove(at);
    if (bytes < length) {
      free.put(at + bytes, length - bytes);
    }
    usedBytes += bytes;
  }

  /** Gives a piece back. */
  void give(long offset, long bytes) {
    int page = (int) (offset / pageBytes);
    TreeMap<Long, Long> free = pages.get(page);
    if (free == null) {
      throw new IllegalStateException("page " + page + " is not cut");
    }
    long from = offset % pageBytes;
    long length = bytes;
    Map.Entry<Long, Long> before = free.lowerEntry(from);
    if (before != null && before.getKey() + before.getValue() == from) {
      free.remove(before.getKey());
      from = before.getKey();
      length += before.getValue();
    }
    Long after = free.remove(from + length);
    length += after == null ? 0 : after;
    free.put(from, length);
    usedBytes -= bytes;
    if (length == pageBytes) {
      pages.remove(page);
      pool.letGo(page);
    }
  }

  /** Bytes that are taken. */
  long usedBytes() {
    return usedBytes;
  }

  /** The pages that are cut. */
  List<Integer> pages() {
    return new ArrayList<>(pages.keySet());
  }

  /** Bytes of these pages that are free. */
  long freeBytes() {
    long bytes = 0;
    for (TreeMap<Long, Long> free : pages.values()) {
      for (long length : free.values()) {
        bytes += length;
      }
    }
    return bytes;
  }
}
