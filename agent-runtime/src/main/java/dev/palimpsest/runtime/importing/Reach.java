package dev.palimpsest.runtime.importing;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.runtime.bridge.Projections;

/** How far a tenant's memories can be found. Where nothing embeds, meaning is not waited for. */
public final class Reach {
  private final Projections projections;
  private final Runnable wake;

  /**
   * Takes what follows the store.
   *
   * @param wake tells the followers that a batch was committed
   */
  public Reach(Projections projections, Runnable wake) {
    this.projections = projections;
    this.wake = wake;
  }

  void wake() {
    wake.run();
  }

  long words(TenantId tenant) {
    return projections.wordsUpTo(tenant);
  }

  long meaning(TenantId tenant) {
    return isEmbedding(tenant) ? projections.meaningUpTo(tenant) : projections.wordsUpTo(tenant);
  }

  /** Change number up to which everything is found in every way there is. */
  long all(TenantId tenant) {
    return Math.min(words(tenant), meaning(tenant));
  }

  boolean isEmbedding(TenantId tenant) {
    return projections.knowsMeaning(tenant);
  }
}
