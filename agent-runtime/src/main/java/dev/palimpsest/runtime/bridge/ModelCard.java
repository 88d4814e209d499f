package dev.palimpsest.runtime.bridge;

import java.time.Instant;

/**
 * What is told about a model.
 *
 * @param id the name by which requests ask for it
 * @param architecture as the file says, for example {@code qwen3}
 * @param quantisation the type of most weights, for example {@code Q8_0}
 * @param parameters number of weights
 * @param contextTokens tokens that prompt and answer may take together, here
 * @param bytes size of the file
 * @param createdAt when the file was last changed
 */
public record ModelCard(
    String id,
    String architecture,
    String quantisation,
    long parameters,
    int contextTokens,
    long bytes,
    Instant createdAt) {
  /** Checks that there is a window. */
  public ModelCard {
    if (id.isEmpty() || contextTokens < 2) {
      throw new IllegalArgumentException(
          "a model has a name and a window of at least 2 tokens, not '"
              + id
              + "' and "
              + contextTokens);
    }
  }
}
