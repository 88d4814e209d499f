package dev.palimpsest.memory;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * That a memory, with all its versions, is not to be recalled any more.
 *
 * @param at since when, whole microseconds
 * @param reason what was said for it, at most {@link #REASON_CHARACTERS_MAX}; null: nothing
 */
public record Revoked(Instant at, @Nullable String reason) {
  /** The longest reason, in UTF-16 units. */
  public static final int REASON_CHARACTERS_MAX = 512;

  /** Refuses a time out of range and an unstorable reason. */
  public Revoked {
    if (!at.equals(MemoryText.storable("revoked_at", at))) {
      throw new IllegalArgumentException("revoked_at is finer than a microsecond");
    }
    if (reason != null) {
      StorableText.require("reason", reason, REASON_CHARACTERS_MAX);
    }
  }
}
