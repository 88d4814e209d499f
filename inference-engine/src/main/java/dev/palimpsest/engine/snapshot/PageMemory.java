package dev.palimpsest.engine.snapshot;

import java.lang.foreign.MemorySegment;

/** Where the pages of a sequence lie. */
@FunctionalInterface
public interface PageMemory {
  /**
   * One layer of a page, borrowed.
   *
   * @param page which of the sequence's, from 0 on
   */
  MemorySegment layer(int page, int layer);
}
