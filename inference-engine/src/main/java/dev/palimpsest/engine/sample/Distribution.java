package dev.palimpsest.engine.sample;

/**
 * How logits become probabilities: q maximises ⟨q, logits⟩ − temperature · Ω(q) over the simplex of
 * the tokens that are left.
 */
public enum Distribution {
  /** Ω is the negative entropy Σ q ln q: every token left keeps a probability above 0. */
  SOFTMAX,
  /**
   * Ω is ½ Σ q², the solution the Euclidean projection of logits ÷ temperature on the simplex:
   * tokens far from the best get exactly 0.
   */
  SPARSEMAX
}
