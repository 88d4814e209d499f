package dev.palimpsest.engine.snapshot;

import java.lang.foreign.MemorySegment;

/** Where the pages of a sequence lie, and its state where its model has such. For any thread. */
@FunctionalInterface
public interface PageMemory {
  /**
   * One layer of a page, borrowed.
   *
   * @param page which of the sequence's, from 0 on
   */
  MemorySegment layer(int page, int layer);

  /** The state after the last page, borrowed; of no bytes where the model has none. */
  default MemorySegment state() {
    return MemorySegment.NULL;
  }
}
