package dev.palimpsest.engine.snapshot;

import dev.palimpsest.engine.kv.KvLayout;

/**
 * What decides which bits keys and values have, beside their tokens: pages of one kind may stand
 * for each other, pages of two never.
 *
 * @param fingerprint SHA-256, 64 hexadecimal digits
 * @param layout how pages are laid out
 */
public record SnapshotKind(String fingerprint, KvLayout layout) {
  /** Checks the fingerprint's length. */
  public SnapshotKind {
    if (fingerprint.length() != Digest.HEX_DIGITS) {
      throw new IllegalArgumentException("no SHA-256: " + fingerprint);
    }
  }

  /**
   * A kind.
   *
   * @param parts the model, the numerics, and whatever else makes other bits when it changes
   */
  public static SnapshotKind of(KvLayout layout, String... parts) {
    return new SnapshotKind(Digest.of(parts), layout);
  }
}
