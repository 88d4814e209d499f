package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.TenantId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** How far one follower has come with each tenant. One thread writes, any thread reads. */
final class Track {
  private final ConcurrentMap<TenantId, Progress> progress = new ConcurrentHashMap<>();
  private final Bell bell;

  /**
   * Where it stands with a tenant.
   *
   * @param reached everything up to here is taken in
   * @param last the newest change when it was looked for last
   */
  private record Progress(long reached, long last) {}

  Track(Bell bell) {
    this.bell = bell;
  }

  Bell bell() {
    return bell;
  }

  long reached(TenantId tenant) {
    Progress known = progress.get(tenant);
    return known == null ? 0 : known.reached();
  }

  /** Changes that are not taken in, of all tenants. */
  long lag() {
    return progress.values().stream().mapToLong(p -> Math.max(0, p.last() - p.reached())).sum();
  }

  void tell(TenantId tenant, long reached, long last) {
    progress.put(tenant, new Progress(reached, last));
  }
}
