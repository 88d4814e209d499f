package dev.palimpsest.engine.embed;

/**
 * How large a pass over texts can get; its memory is taken for that.
 *
 * @param contextTokensMax tokens of a text, beyond which it is cut; the model's own limit counts if
 *     it is lower
 * @param batchTokensMax tokens of all texts of a batch; one text always fits
 */
public record TextLimits(int contextTokensMax, int batchTokensMax) {
  private static final int CONTEXT_MIN = 4;

  /** Checks the ranges. */
  public TextLimits {
    if (contextTokensMax < CONTEXT_MIN || batchTokensMax < 1) {
      throw new IllegalArgumentException(
          "a text has at least "
              + CONTEXT_MIN
              + " tokens, a batch one, not "
              + contextTokensMax
              + " and "
              + batchTokensMax);
    }
  }
}
