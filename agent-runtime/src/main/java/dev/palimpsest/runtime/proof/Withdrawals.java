package dev.palimpsest.runtime.proof;

import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.recall.Following;

/**
 * Takes sources back, step by step, until nothing is left that was made of them. What is kept
 * beside the store is forgotten before every step, so before the one that says that all is done,
 * whenever the process may end. For many threads.
 */
public final class Withdrawals {
  /** Memories of one transaction at most. */
  private static final int STEP_MEMORIES = 500;

  /** Steps of what was left, each time. */
  private static final int STEPS_LEFT_MAX = 20;

  private final StoreLink store;
  private final Copies copies;
  private final Following following;

  /** Over these. */
  public Withdrawals(StoreLink store, Copies copies, Following following) {
    this.store = store;
    this.copies = copies;
    this.following = following;
  }

  /**
   * Takes a source back; done when this returns. After an exception the same call goes on, and so
   * does {@link #goOn}.
   *
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Revocation run(TenantId tenant, Revocation.Request request) {
    return finish(tenant, store.audit().revoke(tenant, request));
  }

  /**
   * Goes on for a while with what was left, by a crash or by a store that was away; to be called
   * again and again.
   *
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public void goOn() {
    for (TenantId tenant : store.memories().heads().keySet()) {
      for (Revocation open : store.audit().openRevocations(tenant)) {
        Revocation now = open;
        for (int step = 0; step < STEPS_LEFT_MAX && !now.isFinished(); step++) {
          now = advance(tenant, now);
        }
      }
    }
  }

  private Revocation finish(TenantId tenant, Revocation begun) {
    Revocation now = begun;
    while (!now.isFinished()) {
      now = advance(tenant, now);
    }
    return now;
  }

  private Revocation advance(TenantId tenant, Revocation begun) {
    Copies.Gone forgotten = copies.forgetAll(tenant);
    assert forgotten.pages() >= 0;
    Revocation now = store.audit().advance(tenant, begun.id(), STEP_MEMORIES);
    following.wake();
    return now;
  }
}
