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
 * @param grounding whether answers can be made of memories alone
 * @param memoriesMax memories that it reads at once, the best of those recalled
 */
public record ModelCard(
    String id,
    String architecture,
    String quantisation,
    long parameters,
    int contextTokens,
    long bytes,
    Instant createdAt,
    Grounding grounding,
    int memoriesMax) {
  /** Whether a model answers with spans of the memories before it. */
  public enum Grounding {
    /** It cannot: its tokens are chosen elsewhere. */
    NEVER,
    /** When it is asked to. */
    ON_REQUEST,
    /** Unless it is asked not to: it was made for that. */
    BY_DEFAULT
  }

  /** Stands between a model's name and its adapter's. */
  private static final char ADAPTER_MARK = ':';

  /** Checks that there is a window. */
  public ModelCard {
    if (memoriesMax < 1) {
      throw new IllegalArgumentException("a model reads at least one memory, not " + memoriesMax);
    }
    if (id.isEmpty() || contextTokens < 2) {
      throw new IllegalArgumentException(
          "a model has a name and a window of at least 2 tokens, not '"
              + id
              + "' and "
              + contextTokens);
    }
  }

  /**
   * Of the same model under an adapter.
   *
   * @param adapter its name
   * @param adapterBytes size of its file
   */
  public ModelCard under(String adapter, long adapterBytes) {
    return new ModelCard(
        id + ADAPTER_MARK + adapter,
        architecture,
        quantisation,
        parameters,
        contextTokens,
        bytes + adapterBytes,
        createdAt,
        grounding,
        memoriesMax);
  }

  /** Whether a grounded answer can be had. */
  public boolean canGround() {
    return grounding != Grounding.NEVER;
  }

  /** Whether an answer is grounded where nothing is said about it. */
  public boolean isGrounded() {
    return grounding == Grounding.BY_DEFAULT;
  }
}
