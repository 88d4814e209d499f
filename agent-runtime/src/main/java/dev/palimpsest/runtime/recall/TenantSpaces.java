package dev.palimpsest.runtime.recall;

import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.KeptSpace;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.runtime.bridge.Embedders;
import dev.palimpsest.runtime.bridge.StoreLink;
import java.util.List;
import java.util.Optional;

/**
 * The spaces of a tenant as the store has them at the moment; the standard one, active, of a tenant
 * that never made any. Blocks while the store is asked; safe for many threads.
 */
public final class TenantSpaces {
  private final StoreLink store;
  private final Embedders embedders;

  /** Takes what knows them. */
  public TenantSpaces(StoreLink store, Embedders embedders) {
    this.store = store;
    this.embedders = embedders;
  }

  /** What they can be filled and asked with. */
  Embedders embedders() {
    return embedders;
  }

  /** All of them, the oldest first. */
  public List<KeptSpace> all(TenantId tenant) {
    List<KeptSpace> made = store.spaces().list(tenant);
    return made.isEmpty() ? List.of(KeptSpace.always(embedders.standardAsNew())) : made;
  }

  /** One of them. */
  public Optional<KeptSpace> find(TenantId tenant, String id) {
    return all(tenant).stream().filter(space -> space.id().equals(id)).findAny();
  }

  /** The name of the one that is searched. */
  public String searched(TenantId tenant) {
    return store.spaces().active(tenant).orElse(embedders.standardSpace().id());
  }

  /** The one that this embedder fills; empty where the tenant has none of the kind. */
  Optional<KeptSpace> filledBy(TenantId tenant, EmbeddingSpace space) {
    return all(tenant).stream()
        .filter(one -> one.made().space().equals(space))
        .filter(one -> one.state() != KeptSpace.State.DROPPED)
        .findAny();
  }
}
