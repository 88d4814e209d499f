package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.KeptSpace;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Empties the spaces that were dropped, a share in each pass, and tells which spaces are searched.
 * It needs no embedder: a space can be dropped whose model is gone. Where it was when the process
 * died is not written down; what was removed before is not found again.
 */
public final class SpaceKeeper implements WorkerLoop.Worker {
  /** Name of its thread and in health. */
  public static final String NAME = "spaces";

  /** Memories whose vectors are removed in one transaction. */
  static final int MEMORIES_PER_SHARE = 250;

  private final StoreLink store;
  private final TenantSpaces spaces;
  private final Following following;
  private final Bell bell;
  private final RecallObserver observer;
  private final Map<TenantId, Long> looked = new HashMap<>();
  private final Map<Dropped, MemoryId> removed = new HashMap<>();

  private record Dropped(TenantId tenant, String space) {}

  /** Has looked at nothing yet. */
  public SpaceKeeper(
      StoreLink store, TenantSpaces spaces, Following following, RecallObserver observer) {
    this.store = store;
    this.spaces = spaces;
    this.following = following;
    this.bell = following.bell();
    this.observer = observer;
  }

  /** Its loop, to be started and closed by whoever asks. */
  WorkerLoop loop() {
    return new WorkerLoop(NAME, this, bell, observer);
  }

  /** Whatever is done to spaces is a change; a tenant without new ones is not looked at. */
  @Override
  public boolean pass() {
    boolean isMore = false;
    for (Map.Entry<TenantId, Long> head : store.memories().heads().entrySet()) {
      TenantId tenant = head.getKey();
      if (looked.getOrDefault(tenant, 0L) < head.getValue()) {
        boolean isDone = look(tenant);
        if (isDone) {
          looked.put(tenant, head.getValue());
        }
        isMore |= !isDone;
      }
    }
    return isMore;
  }

  private boolean look(TenantId tenant) {
    boolean isDone = true;
    for (KeptSpace space : spaces.all(tenant)) {
      if (space.state() == KeptSpace.State.ACTIVE) {
        following.searched(tenant, space.id());
      }
      if (space.state() == KeptSpace.State.DROPPED) {
        isDone &= remove(new Dropped(tenant, space.id()));
      }
    }
    return isDone;
  }

  private boolean remove(Dropped dropped) {
    Optional<MemoryId> next =
        store
            .spaces()
            .remove(dropped.tenant, dropped.space, removed.get(dropped), MEMORIES_PER_SHARE);
    next.ifPresentOrElse(id -> removed.put(dropped, id), () -> removed.remove(dropped));
    return next.isEmpty();
  }
}
