package dev.palimpsest.retrieval;

/** How memories are looked for. Named outside in lower case. */
public enum RecallMode {
  /** By words alone. */
  LEXICAL,
  /** By meaning alone. */
  DENSE,
  /** By both, fused. */
  HYBRID
}
