package dev.palimpsest.memory.session;

/**
 * What a turn cost.
 *
 * @param inputTokens tokens of the prompt
 * @param cachedTokens of these, found in a cache
 * @param prefilledTokens of these, computed
 * @param outputTokens tokens generated
 * @param firstTokenMillis from acceptance to the first token
 * @param totalMillis from acceptance to the end
 * @param modelMillis of these, waited for the model
 */
public record Usage(
    int inputTokens,
    int cachedTokens,
    int prefilledTokens,
    int outputTokens,
    long firstTokenMillis,
    long totalMillis,
    long modelMillis) {
  /** This with the tokens and the model's time of an earlier part; times since acceptance stay. */
  public Usage and(Usage earlier) {
    return new Usage(
        inputTokens + earlier.inputTokens,
        cachedTokens + earlier.cachedTokens,
        prefilledTokens + earlier.prefilledTokens,
        outputTokens + earlier.outputTokens,
        firstTokenMillis,
        totalMillis,
        modelMillis + earlier.modelMillis);
  }

  /** Refuses negative counts. */
  public Usage {
    if (inputTokens < 0 || cachedTokens < 0 || prefilledTokens < 0 || outputTokens < 0) {
      throw new IllegalArgumentException("token counts are at least 0");
    }
    if (firstTokenMillis < 0 || totalMillis < 0 || modelMillis < 0) {
      throw new IllegalArgumentException("durations are at least 0");
    }
  }
}
