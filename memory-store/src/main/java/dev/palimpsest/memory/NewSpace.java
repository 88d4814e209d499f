package dev.palimpsest.memory;

import java.util.regex.Pattern;

/**
 * A space that an embedder fills.
 *
 * @param space of its vectors
 * @param model what the embedder is called, not empty
 * @param fingerprint SHA-256 of what makes the vectors, 64 hexadecimal digits
 */
public record NewSpace(EmbeddingSpace space, String model, String fingerprint) {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /** Checks the spelling. */
  public NewSpace {
    if (model.isEmpty() || !SHA256.matcher(fingerprint).matches()) {
      throw new IllegalArgumentException(
          "not an embedder: " + StorableText.quote(model) + ", " + StorableText.quote(fingerprint));
    }
  }
}
