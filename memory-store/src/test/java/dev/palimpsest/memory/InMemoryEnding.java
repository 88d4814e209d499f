package dev.palimpsest.memory;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Memories that end others, over memories in a map. */
final class InMemoryEnding {
  private InMemoryEnding() {}

  /** Stores and ends, within a transaction of the caller's. */
  static Ending add(
      InMemoryMemoryStore store,
      TenantId tenant,
      NewMemory memory,
      List<MemoryId> named,
      Instant now) {
    if (named.size() > MemoryStore.BATCH_MAX) {
      throw new IllegalArgumentException("too many memories end: " + named.size());
    }
    Set<MemoryId> ended = new LinkedHashSet<>(named);
    for (MemoryId id : ended) {
      List<Memory> versions = store.versions(tenant, id);
      if (versions.isEmpty()) {
        return new Ending.Gone(id);
      }
      if (versions.getLast().isRevoked()) {
        return new Ending.Taken(id);
      }
    }
    Instant end = Objects.requireNonNullElse(memory.content().holdsFrom(), now);
    List<Stored> stored =
        store.store(
            tenant,
            List.of(memory),
            null,
            change -> ended.forEach(id -> end(store, store.versions(tenant, id), end, change)));
    return new Ending.Done(stored.getFirst());
  }

  private static void end(
      InMemoryMemoryStore store, List<Memory> versions, Instant end, long change) {
    Memory newest = versions.getLast();
    if (newest.holdsAt(end)) {
      store.supersede(versions, newest.content().until(end), change);
    }
  }
}
