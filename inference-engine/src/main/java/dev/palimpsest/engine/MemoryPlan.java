package dev.palimpsest.engine;

import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.StateLayout;
import dev.palimpsest.engine.model.Adapter;
import dev.palimpsest.engine.model.Architecture;
import dev.palimpsest.engine.model.Forward;
import dev.palimpsest.engine.model.ForwardLimits;
import dev.palimpsest.engine.model.Model;
import java.util.List;

/**
 * The large memory of an engine, worked out before any of it is taken.
 *
 * @param weightsBytes the mapped model file
 * @param cacheBytes the slab of keys and values
 * @param statesBytes the slab of recurrent states; 0 where the model has none
 * @param workspaceBytes activations, logits and tables of a step
 */
public record MemoryPlan(
    long weightsBytes, long cacheBytes, long statesBytes, long workspaceBytes) {
  /**
   * Copies of states may take one part in so many of what keys and values take, beside the states
   * of the sequences that run.
   */
  private static final int CHECKPOINTS_PART = 4;

  /** The end of a prompt and the end of its answer. */
  private static final int CHECKPOINTS_MIN = 2;

  /** What an engine of this configuration takes for this model. */
  public static MemoryPlan of(EngineConfig config, Model model) {
    return of(config, model, List.of());
  }

  /** The same with adapters, whose files count as weights. */
  public static MemoryPlan of(EngineConfig config, Model model, List<Adapter> adapters) {
    int pages = pages(config, model.weights().architecture());
    ForwardLimits limits = limits(config, model, pages);
    return new MemoryPlan(
        model.description().bytes() + adapters.stream().mapToLong(Adapter::bytes).sum(),
        pages * layout(config, model.weights().architecture()).pageBytes(),
        statesBytes(config, model.weights().architecture(), pages),
        Forward.workspaceBytes(model.weights(), limits)
            + Forward.adapterBytes(model.weights(), limits, adapters));
  }

  /** All of it. */
  public long totalBytes() {
    return weightsBytes + cacheBytes + statesBytes + workspaceBytes;
  }

  /** Refuses a plan that does not fit. */
  void requireWithin(long bytesMax) {
    if (totalBytes() > bytesMax) {
      throw new IllegalArgumentException(
          "the engine needs "
              + totalBytes()
              + " bytes (weights "
              + weightsBytes
              + ", cache "
              + cacheBytes
              + ", states "
              + statesBytes
              + ", workspace "
              + workspaceBytes
              + "), the limit is "
              + bytesMax);
    }
  }

  static KvLayout layout(EngineConfig config, Architecture architecture) {
    return architecture.cacheLayout().withType(config.cacheType());
  }

  /** Pages that the configured cache holds; at least one must fit. */
  static int pages(EngineConfig config, Architecture architecture) {
    long pageBytes = layout(config, architecture).pageBytes();
    long pages = config.cacheBytes() / pageBytes;
    if (pages < 1) {
      throw new IllegalArgumentException(
          "cacheBytes is " + config.cacheBytes() + ", one page of this model takes " + pageBytes);
    }
    return (int) Math.min(pages, Integer.MAX_VALUE / 2);
  }

  private static long statesBytes(EngineConfig config, Architecture architecture, int pages) {
    StateLayout layout = architecture.stateLayout();
    return layout == null
        ? 0
        : Math.multiplyExact(states(config, layout, pages), layout.stateBytes());
  }

  /**
   * States that there are: one for each sequence that runs, and copies, of which more than pages
   * would be of no use.
   */
  static int states(EngineConfig config, StateLayout layout, int pages) {
    long copies = config.cacheBytes() / CHECKPOINTS_PART / layout.stateBytes();
    return config.sequencesMax() + (int) Math.max(CHECKPOINTS_MIN, Math.min(copies, pages));
  }

  static int contextTokens(EngineConfig config, Model model) {
    return Math.min(config.contextTokensMax(), model.description().contextTokens());
  }

  /** Sequences that begin alike list the same pages, each for itself. */
  static ForwardLimits limits(EngineConfig config, Model model, int pages) {
    int contextTokens = contextTokens(config, model);
    int pagesOfOne = Math.min(pages, KvLayout.pagesFor(contextTokens));
    return new ForwardLimits(
        config.stepTokensMax(),
        Math.min(config.stepTokensMax(), config.sequencesMax() + config.draftTokensMax()),
        contextTokens,
        Math.multiplyExact(config.sequencesMax(), pagesOfOne));
  }
}
