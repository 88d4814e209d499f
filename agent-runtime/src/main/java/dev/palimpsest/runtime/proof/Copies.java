package dev.palimpsest.runtime.proof;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.runtime.bridge.SessionCaches;
import dev.palimpsest.runtime.bridge.SessionCaches.Forgotten;
import dev.palimpsest.runtime.recall.SearchTraces;

/**
 * What is kept beside the store and may hold words of memories.
 *
 * @param caches what models computed
 * @param traces how searches went: their questions may be made of words that were found
 */
public record Copies(SessionCaches caches, SearchTraces traces) {
  /**
   * What was forgotten.
   *
   * @param snapshots files of sessions
   * @param pages pages of the model's memory
   * @param traces searches
   */
  record Gone(int snapshots, int pages, int traces) {
    Gone and(Gone later) {
      return new Gone(snapshots + later.snapshots, pages + later.pages, traces + later.traces);
    }
  }

  Gone forget(TenantId tenant, SessionId session) {
    return gone(caches.forget(tenant, session), tenant);
  }

  Gone forgetAll(TenantId tenant) {
    return gone(caches.forgetAll(tenant), tenant);
  }

  private Gone gone(Forgotten forgotten, TenantId tenant) {
    return new Gone(forgotten.snapshots(), forgotten.pages(), traces.forget(tenant));
  }
}
