package dev.palimpsest.engine.model;

import dev.palimpsest.engine.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tensors of a layer's feed-forward. */
public sealed interface FeedForward {
  /**
   * One gated unit.
   *
   * @param gate {@code [feedForward, width]}
   * @param up {@code [feedForward, width]}
   * @param down {@code [width, feedForward]}
   */
  record Dense(Tensor gate, Tensor up, Tensor down) implements FeedForward {}

  /**
   * Many, of which each token uses some.
   *
   * @param router {@code [experts, width]}
   * @param experts one after the other
   * @param shared what every token uses besides, or null
   */
  record Mixture(Tensor router, List<Dense> experts, @Nullable Shared shared)
      implements FeedForward {
    /** Copies the list. */
    public Mixture {
      experts = List.copyOf(experts);
    }
  }

  /**
   * An expert that every token uses.
   *
   * @param score its share of the sum before the sigmoid, {@code [1, width]}
   * @param expert the unit
   */
  record Shared(Tensor score, Dense expert) {}
}
