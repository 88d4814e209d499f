package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.TenantId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** How far one follower has come with each tenant. One thread writes, any thread reads. */
final class Track {
  private final ConcurrentMap<TenantId, Progress> progress = new ConcurrentHashMap<>();

  /**
   * Where it stands with a tenant.
   *
   * @param reached everything up to here is taken in
   * @param last the newest change when it was looked for last
   */
  private record Progress(long reached, long last) {
    long lag() {
      return Math.max(0, last - reached);
    }
  }

  long reached(TenantId tenant) {
    Progress known = progress.get(tenant);
    return known == null ? 0 : known.reached();
  }

  /** Changes that are not taken in, of all tenants. */
  long lag() {
    return progress.values().stream().mapToLong(Progress::lag).sum();
  }

  /** The same of one. */
  long lag(TenantId tenant) {
    Progress known = progress.get(tenant);
    return known == null ? 0 : known.lag();
  }

  void tell(TenantId tenant, long reached, long last) {
    progress.put(tenant, new Progress(reached, last));
  }

  /** Nothing is followed there any more, or all of it anew. */
  void forget(TenantId tenant) {
    progress.remove(tenant);
  }
}
