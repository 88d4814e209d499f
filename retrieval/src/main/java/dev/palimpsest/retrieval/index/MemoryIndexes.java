package dev.palimpsest.retrieval.index;

import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.TenantId;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The word indexes of all tenants: one folder each, named as the tenant is, below one root. Opened
 * and written by the one {@link IndexFollower}; searched by many threads. Whoever made it closes
 * it, after the follower has come to rest.
 */
public final class MemoryIndexes implements AutoCloseable {
  private final Path root;
  private final Map<TenantId, MemoryIndex> open = new ConcurrentHashMap<>();

  /**
   * Below this folder, which is made when the first tenant writes.
   *
   * @param root used by this process alone
   */
  public MemoryIndexes(Path root) {
    this.root = root;
  }

  /**
   * Asks a tenant's index; empty while there is none yet.
   *
   * @throws IndexException when the index cannot be read
   */
  public Optional<IndexView> view(TenantId tenant, String question, MemoryFilter filter) {
    return Optional.ofNullable(open.get(tenant)).map(index -> index.view(question, filter));
  }

  /** Change number up to which a search that begins now sees everything; 0 when nothing is. */
  public long searchableUpTo(TenantId tenant) {
    return checkpoint(tenant).change();
  }

  /** The newest change that a search sees and that wrote or erased a memory; 0 when none did. */
  public long newestMemoryChange(TenantId tenant) {
    return checkpoint(tenant).memoryChange();
  }

  /** The tenant's index, opened or opened again when it must be. Index thread only. */
  MemoryIndex forWriting(TenantId tenant) {
    MemoryIndex index = open.get(tenant);
    if (index != null && index.isOpen()) {
      return index;
    }
    if (index != null) {
      open.remove(tenant);
      index.close();
    }
    MemoryIndex fresh = MemoryIndex.open(root.resolve(tenant.value()));
    open.put(tenant, fresh);
    return fresh;
  }

  /** Those that are open. */
  List<MemoryIndex> all() {
    return List.copyOf(open.values());
  }

  private Checkpoint checkpoint(TenantId tenant) {
    MemoryIndex index = open.get(tenant);
    return index == null ? Checkpoint.ZERO : index.checkpoint();
  }

  /** Commits and closes all. */
  @Override
  public void close() {
    for (MemoryIndex index : all()) {
      try (index) {
        if (index.isOpen()) {
          index.commit();
        }
      }
    }
    open.clear();
  }
}
