package dev.palimpsest.runtime.importing;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.runtime.bridge.EmbedderSlot;
import dev.palimpsest.runtime.bridge.Projections;

/** How far a tenant's memories can be found. Where nothing embeds, meaning is not waited for. */
public final class Reach {
  private final Projections projections;
  private final EmbedderSlot embedder;
  private final Runnable wake;

  /**
   * Takes what follows the store.
   *
   * @param wake tells the followers that something was written
   */
  public Reach(Projections projections, EmbedderSlot embedder, Runnable wake) {
    this.projections = projections;
    this.embedder = embedder;
    this.wake = wake;
  }

  void wake() {
    wake.run();
  }

  long words(TenantId tenant) {
    return projections.wordsUpTo(tenant);
  }

  long meaning(TenantId tenant) {
    return isEmbedding() ? projections.meaningUpTo(tenant) : projections.wordsUpTo(tenant);
  }

  /** Change number up to which everything is found in every way there is. */
  long all(TenantId tenant) {
    return Math.min(words(tenant), meaning(tenant));
  }

  boolean isEmbedding() {
    return !(embedder.state() instanceof EmbedderSlot.State.Missing);
  }
}
