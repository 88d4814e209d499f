package dev.palimpsest.engine.snapshot;

import dev.palimpsest.engine.kv.KvLayout;

/**
 * What decides which bits keys and values have, beside their tokens: pages of one kind may stand
 * for each other, pages of two never.
 *
 * @param fingerprint SHA-256, 64 hexadecimal digits
 * @param layout how pages are laid out
 * @param stateBytes bytes of the state after the last page, 0 where the model has none; the
 *     fingerprint stands for its layout
 */
public record SnapshotKind(String fingerprint, KvLayout layout, long stateBytes) {
  /** Checks the fingerprint's length. */
  public SnapshotKind {
    if (stateBytes < 0) {
      throw new IllegalArgumentException("no state of " + stateBytes + " bytes");
    }
    if (fingerprint.length() != Digest.HEX_DIGITS) {
      throw new IllegalArgumentException("no SHA-256: " + fingerprint);
    }
  }

  /**
   * A kind.
   *
   * @param stateBytes 0 where the model has no states
   * @param parts the model, the numerics, and whatever else makes other bits when it changes
   */
  public static SnapshotKind of(KvLayout layout, long stateBytes, String... parts) {
    return new SnapshotKind(Digest.of(parts), layout, stateBytes);
  }
}
