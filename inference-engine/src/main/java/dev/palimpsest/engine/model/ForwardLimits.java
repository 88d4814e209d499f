package dev.palimpsest.engine.model;

/**
 * How large a forward pass can get; its workspace is made for that.
 *
 * @param rowsMax rows of a batch
 * @param logitsMax rows of a batch for which logits are wanted
 * @param contextTokensMax positions, from 0 to one below it
 * @param pagesMax pages of all sequences of a batch, one that several share counted for each
 */
public record ForwardLimits(int rowsMax, int logitsMax, int contextTokensMax, int pagesMax) {
  /** Checks that nothing is below one. */
  public ForwardLimits {
    if (rowsMax < 1 || logitsMax < 1 || contextTokensMax < 1 || pagesMax < 1) {
      throw new IllegalArgumentException(
          "limits of a forward pass are at least 1: rows "
              + rowsMax
              + ", logits "
              + logitsMax
              + ", context "
              + contextTokensMax
              + ", pages "
              + pagesMax);
    }
  }
}
