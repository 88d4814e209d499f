package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.tree.Trace;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How the last searches went, in memory alone: of each tenant so many and so many bytes, about, and
 * of so many tenants; the oldest are forgotten first. The lock guards the maps and is held for no
 * more than a look.
 */
public final class SearchTraces {
  /** Of one tenant. */
  static final int TRACES_MAX = 200;

  /** Of one tenant, about. */
  static final long BYTES_MAX = 4L << 20;

  private static final int TENANTS_MAX = 64;
  private static final int NODE_BYTES = 200;
  private static final int ID_BYTES = 48;
  private static final int USUAL_CAPACITY = 16;
  private static final float LOAD_FACTOR = 0.75f;

  private final ReentrantLock lock = new ReentrantLock();
  private final LinkedHashMap<TenantId, Shelf> shelves =
      new LinkedHashMap<>(USUAL_CAPACITY, LOAD_FACTOR, true);

  /** Remembers nothing yet. */
  public SearchTraces() {}

  /**
   * A search.
   *
   * @param id names it
   * @param scope of what was searched
   * @param query the question
   */
  public record Kept(
      String id, Scope scope, RecallMode mode, String query, long seed, Trace trace) {
    private long bytes() {
      long bytes = NODE_BYTES + 2L * query.length();
      for (Trace.Node node : trace.nodes()) {
        bytes += NODE_BYTES + (long) ID_BYTES * node.evidence().size();
        bytes += node.action() == null ? 0 : 2L * node.action().text().length();
      }
      return bytes;
    }
  }

  /** Remembers one; one that is too large alone is not. */
  public void keep(TenantId tenant, Kept kept) {
    lock.lock();
    try {
      shelves.computeIfAbsent(tenant, unknown -> new Shelf()).put(kept);
      if (shelves.size() > TENANTS_MAX) {
        shelves.pollFirstEntry();
      }
    } finally {
      lock.unlock();
    }
  }

  /** One of the tenant's, while it is remembered. */
  public Optional<Kept> find(TenantId tenant, String id) {
    lock.lock();
    try {
      Shelf shelf = shelves.get(tenant);
      return shelf == null ? Optional.empty() : Optional.ofNullable(shelf.kept.get(id));
    } finally {
      lock.unlock();
    }
  }

  /** Forgets all of a tenant; returns how many there were. */
  public int forget(TenantId tenant) {
    lock.lock();
    try {
      Shelf gone = shelves.remove(tenant);
      return gone == null ? 0 : gone.kept.size();
    } finally {
      lock.unlock();
    }
  }

  private static final class Shelf {
    private final Map<String, Kept> kept = new LinkedHashMap<>();
    private final Deque<Kept> order = new ArrayDeque<>();
    private long bytes;

    void put(Kept one) {
      if (one.bytes() > BYTES_MAX) {
        return;
      }
      kept.put(one.id(), one);
      order.addLast(one);
      bytes += one.bytes();
      while (order.size() > TRACES_MAX || bytes > BYTES_MAX) {
        Kept oldest = order.removeFirst();
        kept.remove(oldest.id());
        bytes -= oldest.bytes();
      }
    }
  }
}
