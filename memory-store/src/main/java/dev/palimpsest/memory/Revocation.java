package dev.palimpsest.memory;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The taking back of a source and of everything that was derived from it.
 *
 * @param request what was asked for
 * @param requestedAt when it was first asked for
 * @param finishedAt when nothing was left to revoke; null while it goes on
 * @param memories how many it has reached
 */
public record Revocation(
    RevocationId id,
    Request request,
    Instant requestedAt,
    @Nullable Instant finishedAt,
    long memories) {
  /**
   * What is to be taken back.
   *
   * @param source whose memories
   * @param user this user's own memories of the source alone, and what is derived from them; null:
   *     everybody's
   * @param reason stands on every memory that is reached; null: none
   */
  public record Request(SourceName source, @Nullable String user, @Nullable String reason) {
    /** Refuses an unstorable reason. */
    public Request {
      if (reason != null) {
        StorableText.require("reason", reason, Revoked.REASON_CHARACTERS_MAX);
      }
    }
  }

  /** Whether nothing is left to do. */
  public boolean isFinished() {
    return finishedAt != null;
  }
}
