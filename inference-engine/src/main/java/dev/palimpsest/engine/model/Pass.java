package dev.palimpsest.engine.model;

import dev.palimpsest.engine.tensor.Tensor;

/** A way of a batch through the layers of a model. For one thread at a time. */
public interface Pass {
  /** Runs a batch. */
  void run(Batch rows);

  /**
   * What the model made of each row of the last batch, normed, F32 {@code [rowsMax, width]}; valid
   * until the next.
   */
  Tensor vectors();
}
