package dev.palimpsest.retrieval;

/** How memories are looked for. Named outside in lower case. */
public enum RecallMode {
  /** By words alone. */
  LEXICAL,
  /** By meaning alone. */
  DENSE,
  /** By both, fused. */
  HYBRID,
  /**
   * By both, and by what is asked after seeing what was found; without a tree as {@link #HYBRID}.
   */
  MCTS
}
