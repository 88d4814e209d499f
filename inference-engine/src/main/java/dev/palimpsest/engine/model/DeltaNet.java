package dev.palimpsest.engine.model;

import dev.palimpsest.engine.backend.DeltaHeads;
import dev.palimpsest.engine.format.Metadata;
import org.jspecify.annotations.Nullable;

/**
 * Layers with a gated delta rule (Yang et al. 2024) in the place of attention, which remember a
 * sequence in a state of one size.
 *
 * @param heads the heads of each of them
 * @param attentionEvery every so many layers one has attention after all
 */
public record DeltaNet(DeltaHeads heads, int attentionEvery) {
  private static final int HEADS_MAX = 1 << 12;
  private static final int DIM_MAX = 1 << 12;
  private static final int TAPS_MAX = 64;
  private static final int EVERY = 4;

  /** Checks the period. */
  public DeltaNet {
    if (attentionEvery < 1) {
      throw new IllegalArgumentException("attention in every layer of " + attentionEvery);
    }
  }

  /**
   * Reads the delta rule of a model file; null where its architecture has none.
   *
   * @param layers layers of the model, of which one at least has attention
   */
  static @Nullable DeltaNet of(
      Metadata metadata, String prefix, java.util.Set<Trait> traits, int layers) {
    if (!traits.contains(Trait.DELTA_NET)) {
      return null;
    }
    String everyKey = prefix + "full_attention_interval";
    int every =
        metadata.has(everyKey)
            ? Architecture.number(metadata, everyKey, layers)
            : Math.min(EVERY, layers);
    String valueKey = prefix + "ssm.time_step_rank";
    int key = Architecture.number(metadata, prefix + "ssm.group_count", HEADS_MAX);
    int value = Architecture.number(metadata, valueKey, HEADS_MAX);
    if (value % key != 0) {
      throw metadata.refuse(valueKey, value + " is no multiple of " + key + " key heads");
    }
    String widthKey = prefix + "ssm.inner_size";
    int width = Architecture.number(metadata, widthKey, HEADS_MAX * DIM_MAX);
    if (width % value != 0) {
      throw metadata.refuse(widthKey, width + " elements cannot be shared by " + value + " heads");
    }
    DeltaHeads heads =
        new DeltaHeads(
            key,
            value,
            Architecture.number(metadata, prefix + "ssm.state_size", DIM_MAX),
            width / value,
            Architecture.number(metadata, prefix + "ssm.conv_kernel", TAPS_MAX),
            traits.contains(Trait.GROUPED_VALUE_HEADS));
    return new DeltaNet(heads, every);
  }

  /** Whether a layer has attention. */
  public boolean isAttention(int layer) {
    return (layer + 1) % attentionEvery == 0;
  }
}
