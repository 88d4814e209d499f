package dev.palimpsest.runtime.proof;

import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.runtime.bridge.SessionCaches;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.recall.Following;

/**
 * Takes sources back, step by step, until nothing is left that was made of them. What models keep
 * of the tenant's conversations is forgotten before every step, so before the one that says that
 * all is done, whenever the process may end. For many threads.
 */
public final class Withdrawals {
  /** Memories of one transaction at most. */
  private static final int STEP_MEMORIES = 500;

  private final StoreLink store;
  private final SessionCaches caches;
  private final Following following;

  /** Over these. */
  public Withdrawals(StoreLink store, SessionCaches caches, Following following) {
    this.store = store;
    this.caches = caches;
    this.following = following;
  }

  /**
   * Takes a source back; done when this returns. After an exception the same call goes on, and so
   * does the next start of the service.
   *
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Revocation run(TenantId tenant, Revocation.Request request) {
    return finish(tenant, store.audit().revoke(tenant, request));
  }

  /**
   * Goes on with what an earlier service left.
   *
   * @return how many revocations were left
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public int resume() {
    int left = 0;
    for (TenantId tenant : store.memories().heads().keySet()) {
      for (Revocation open : store.audit().openRevocations(tenant)) {
        Revocation done = finish(tenant, open);
        assert done.isFinished();
        left++;
      }
    }
    return left;
  }

  private Revocation finish(TenantId tenant, Revocation begun) {
    Revocation now = begun;
    while (!now.isFinished()) {
      SessionCaches.Forgotten forgotten = caches.forgetAll(tenant);
      assert forgotten.pages() >= 0;
      now = store.audit().advance(tenant, begun.id(), STEP_MEMORIES);
      following.wake();
    }
    return now;
  }
}
