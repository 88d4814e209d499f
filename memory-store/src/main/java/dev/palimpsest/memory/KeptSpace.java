package dev.palimpsest.memory;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An embedding space of a tenant.
 *
 * @param made which, and what fills it
 * @param state where it stands
 * @param createdAt when it was made; null for the one that was always there
 * @param readyAt when every memory had its vectors for the first time; null until then
 * @param activatedAt when it was switched to last; null where it never was
 */
public record KeptSpace(
    NewSpace made,
    State state,
    @Nullable Instant createdAt,
    @Nullable Instant readyAt,
    @Nullable Instant activatedAt) {
  /** Where a space stands. */
  public enum State {
    /** Not every memory that was there when it was made has its vectors yet. */
    FILLING,
    /** It can be switched to; what is written gets its vectors here too. */
    READY,
    /** The one that is searched. */
    ACTIVE,
    /** Its vectors are being removed. */
    DROPPED
  }

  /** The one of a tenant that never made any. */
  public static KeptSpace always(NewSpace standard) {
    return new KeptSpace(standard, State.ACTIVE, null, null, null);
  }

  /** Its name. */
  public String id() {
    return made.space().id();
  }
}
