package dev.palimpsest.compress.plan;

/**
 * How much room there is.
 *
 * @param windowTokens tokens that prompt and answer may take together
 * @param outputTokens tokens kept free for the answer; below {@code windowTokens}
 */
public record WindowBudget(int windowTokens, int outputTokens) {
  /** Checks that something is left for the prompt. */
  public WindowBudget {
    if (outputTokens < 1 || windowTokens <= outputTokens) {
      throw new IllegalArgumentException(
          "a window of "
              + windowTokens
              + " tokens has no room for an answer of "
              + outputTokens
              + " and a prompt");
    }
  }

  /** Tokens that the prompt may take. */
  public int promptTokens() {
    return windowTokens - outputTokens;
  }
}
