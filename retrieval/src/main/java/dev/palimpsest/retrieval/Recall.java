package dev.palimpsest.retrieval;

import dev.palimpsest.memory.TenantId;

/**
 * Answers a query with what is remembered. Blocks, belongs on a virtual thread, safe for many
 * threads; throws {@link dev.palimpsest.memory.MemoryStoreException} when the store is away.
 */
public interface Recall {
  /**
   * Finds memories. Waits a moment for the index to reach the last acknowledged write, and says so
   * when it did not.
   */
  Recalled recall(TenantId tenant, RecallQuery query);
}
