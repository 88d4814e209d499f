package dev.palimpsest.compress;

import org.jspecify.annotations.Nullable;

/**
 * How a stretch is to be compacted.
 *
 * @param method how a head's keys become fewer
 * @param ratio keys before ÷ after over all heads, at least 1; at 1 everything stays exact
 * @param budgets how the keys that are left are shared out
 * @param sinks keys at the beginning of every head that stay as they are
 * @param bounds what a head must keep to, or null where every result is taken
 */
public record CompactionRequest(
    Compactor method, double ratio, Budgets budgets, int sinks, @Nullable Bounds bounds) {
  /** The attention sinks that models keep at the beginning of a sequence. */
  public static final int SINKS = 4;

  /** How the keys that are left are shared out among heads. */
  public enum Budgets {
    /** Every head keeps as many. */
    UNIFORM,
    /**
     * The most strongly attended keys of all heads stay, each head keeping a fifth of its uniform
     * share at least (Ada-KV: Feng et al., arXiv 2407.11550, there within a layer).
     */
    POOLED,
    /** The same, where the one query counts that attends to a key most (as in KVzip). */
    PEAKS
  }

  /**
   * What a head must keep to on queries that were held out; one that does not keeps twice as many
   * keys, until it keeps all.
   *
   * @param mass of {@link HeadError#massMean} at most
   * @param output of {@link HeadError#output} at most
   */
  public record Bounds(double mass, double output) {
    /** A start: masses off by a third, outputs by three tenths. */
    public static final Bounds USUAL = new Bounds(0.3, 0.3);

    boolean holds(HeadError error) {
      return error.massMean() <= mass && error.output() <= output;
    }
  }

  /** Checks the numbers. */
  public CompactionRequest {
    if (!(ratio >= 1) || sinks < 0) {
      throw new IllegalArgumentException("ratio " + ratio + ", " + sinks + " sinks");
    }
  }
}
