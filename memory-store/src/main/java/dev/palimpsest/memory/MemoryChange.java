package dev.palimpsest.memory;

import java.util.List;

/**
 * That a memory was written, revoked or erased, for followers that keep a projection of memories.
 *
 * @param number of the write, from 1
 * @param id of the memory
 * @param versions all its versions as they are when this is read, oldest first; empty when it was
 *     erased or revoked. Replacing what is known of the memory by these is right in any order and
 *     repeated.
 */
public record MemoryChange(long number, MemoryId id, List<Memory> versions) {
  /** Copies the list. */
  public MemoryChange {
    versions = List.copyOf(versions);
  }
}
