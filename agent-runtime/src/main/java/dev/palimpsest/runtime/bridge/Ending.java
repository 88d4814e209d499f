package dev.palimpsest.runtime.bridge;

import java.util.List;

/**
 * What ends an answer at the latest.
 *
 * @param outputTokensMax at least 1
 * @param stop texts that end it and are not part of it
 */
public record Ending(int outputTokensMax, List<String> stop) {
  /** Checks the number and copies the list. */
  public Ending {
    stop = List.copyOf(stop);
    if (outputTokensMax < 1) {
      throw new IllegalArgumentException("an answer has at least 1 token");
    }
  }

  /** After so many tokens. */
  public static Ending after(int outputTokensMax) {
    return new Ending(outputTokensMax, List.of());
  }
}
