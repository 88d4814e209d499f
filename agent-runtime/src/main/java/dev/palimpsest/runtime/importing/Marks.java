package dev.palimpsest.runtime.importing;

import java.util.ArrayDeque;

/**
 * Which write stored how many records, so that a change number can be told as a count of records.
 * Bounded: of many writes some are forgotten, and the count then lags by one of them. The lock is
 * this object's own and guards the queue.
 */
final class Marks {
  private static final int KEPT = 4096;

  private final ArrayDeque<Mark> marks = new ArrayDeque<>();

  /**
   * A write.
   *
   * @param change its number
   * @param stored records that the import had stored with it, all in all
   */
  private record Mark(long change, long stored) {}

  synchronized void add(long change, long stored) {
    Mark last = marks.peekLast();
    if (last != null && last.change() == change) {
      return;
    }
    if (marks.size() == KEPT) {
      Mark ignored = marks.removeLast();
    }
    marks.add(new Mark(change, stored));
  }

  /** How many records are stored up to this change number. */
  synchronized long storedUpTo(long change) {
    long stored = 0;
    for (Mark mark : marks) {
      if (mark.change() > change) {
        break;
      }
      stored = mark.stored();
    }
    return stored;
  }
}
