package dev.palimpsest.retrieval;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryChange;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.MemoryVectors.VersionVectors;
import dev.palimpsest.memory.Reading;
import dev.palimpsest.memory.TenantId;
import java.util.List;

/** Fills the vectors of all versions, for tests; the service has its own, in lanes. */
public final class VectorFollower {
  private static final int CHANGES_PER_STEP = 200;

  private final MemoryStore store;
  private final MemoryVectors vectors;
  private final Embedder embedder;

  /** Follows nothing yet. */
  public VectorFollower(MemoryStore store, MemoryVectors vectors, Embedder embedder) {
    this.store = store;
    this.vectors = vectors;
    this.embedder = embedder;
  }

  /** Takes a share of what is new; returns how many changes. */
  public int step() {
    return store.heads().keySet().stream().mapToInt(this::follow).sum();
  }

  private int follow(TenantId tenant) {
    long after = vectors.checkpoint(tenant, embedder.space());
    List<MemoryChange> changes = store.changes(tenant, after, CHANGES_PER_STEP);
    if (!changes.isEmpty()) {
      List<VersionVectors> made =
          changes.stream()
              .flatMap(change -> change.versions().stream())
              .map(this::vectors)
              .toList();
      vectors.put(tenant, embedder.space(), made, after, changes.getLast().number());
    }
    return changes.size();
  }

  private VersionVectors vectors(Memory memory) {
    String text = memory.content().spoken();
    Reading reading = embedder.read(text);
    return new VersionVectors(
        memory.id(), memory.version(), List.of(reading.whole()), List.of(reading.content(text)));
  }
}
