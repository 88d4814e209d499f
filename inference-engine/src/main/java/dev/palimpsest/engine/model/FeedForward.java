package dev.palimpsest.engine.model;

import dev.palimpsest.engine.tensor.Tensor;
import java.util.List;

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
   */
  record Mixture(Tensor router, List<Dense> experts) implements FeedForward {
    /** Copies the list. */
    public Mixture {
      experts = List.copyOf(experts);
    }
  }
}
