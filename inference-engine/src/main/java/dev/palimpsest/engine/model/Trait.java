package dev.palimpsest.engine.model;

/** What an architecture has that not all have. */
public enum Trait {
  /** Rotation turns the pairs {@code (i, i + rotated / 2)}, else neighbours. */
  HALF_SPLIT,
  /** Queries and keys are normed head by head before they are turned. */
  HEAD_NORMS,
  /** Vectors are added to queries, keys and values. */
  BIASES,
  /** Queries, keys and values have one matrix, gate and other half another. */
  FUSED,
  /** Its feed-forward may consist of experts. */
  EXPERTS,
  /** One more of them is used by every token. */
  SHARED_EXPERT,
  /** What a block adds to the stream is normed before. */
  POST_NORMS,
  /** The gate of the feed-forward is a GELU, else a SiLU. */
  GELU,
  /** Embeddings are multiplied with the root of the width. */
  SCALED_EMBEDDING,
  /** All layers but every sixth see a window only and have a rotation of their own. */
  LOCAL_LAYERS,
  /** Most layers have a gated delta rule and no attention. */
  DELTA_NET,
  /** Its value heads that share a key head are neighbours, and betas and alphas one matrix. */
  GROUPED_VALUE_HEADS,
  /**
   * What a head of the attention gathers is multiplied with a sigmoid; with each query its gate.
   */
  QUERY_GATES,
  /**
   * Every token sees all of its text, and norms have a mean, a bias and stand behind the blocks.
   */
  ENCODER,
  /** Positions are added to embeddings, nothing is turned. */
  POSITION_TABLE,
  /** The feed-forward has no gate but a GELU of the normal distribution. */
  UNGATED
}
