package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Metadata;
import org.jspecify.annotations.Nullable;

/**
 * A feed-forward of which each token uses a part (Shazeer et al. 2017): a router gives each expert
 * a score, the best ones are computed, and their results are added, weighted by the softmax of the
 * scores of those.
 *
 * @param count experts of a layer
 * @param used how many of them a token uses
 * @param sharedFeedForward elements inside the expert that every token uses besides, with a weight
 *     of its own; 0 where there is none
 */
public record Experts(int count, int used, int sharedFeedForward) {
  private static final int COUNT_MAX = 1 << 12;
  private static final int SOFTMAX = 1;

  /** Checks the counts. */
  public Experts {
    if (count < 1 || used < 1 || used > count || sharedFeedForward < 0) {
      throw new IllegalArgumentException(used + " of " + count + " experts cannot be used");
    }
  }

  /**
   * Reads the experts of a model file; null where it has none.
   *
   * @param widthMax of the expert that all tokens share
   */
  static @Nullable Experts of(
      Metadata metadata, String prefix, java.util.Set<Trait> traits, int widthMax) {
    String countKey = prefix + "expert_count";
    if (metadata.numberOr(countKey, 0) == 0) {
      return null;
    }
    int count = Architecture.number(metadata, countKey, COUNT_MAX);
    int used = Architecture.number(metadata, prefix + "expert_used_count", count);
    String gateKey = prefix + "expert_gating_func";
    if (metadata.numberOr(gateKey, SOFTMAX) != SOFTMAX) {
      throw metadata.refuse(gateKey, "only the softmax, " + SOFTMAX + ", is supported");
    }
    String sharedKey = prefix + "expert_shared_feed_forward_length";
    boolean isShared = traits.contains(Trait.SHARED_EXPERT);
    return new Experts(
        count, used, isShared ? Architecture.number(metadata, sharedKey, widthMax) : 0);
  }
}
