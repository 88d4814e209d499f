package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.SessionId;
import java.util.function.IntSupplier;

/**
 * What was computed for conversations and could be read again: files, and the model's memory of how
 * prompts begin. The latter is known by tokens alone, so where one conversation is to be forgotten
 * all of its tenant are. For many threads.
 */
public final class SessionCaches {
  /** Other sessions of a busy tenant go on to be written. */
  private static final int ROUNDS_MAX = 4;

  private final SessionSnapshots snapshots;
  private final ModelSlot models;

  /** Over these. */
  public SessionCaches(SessionSnapshots snapshots, ModelSlot models) {
    this.snapshots = snapshots;
    this.models = models;
  }

  /**
   * What was forgotten.
   *
   * @param snapshots files
   * @param pages pages of the model's memory
   */
  public record Forgotten(int snapshots, int pages) {
    /** Both. */
    public Forgotten and(Forgotten other) {
      return new Forgotten(snapshots + other.snapshots, pages + other.pages);
    }
  }

  /**
   * Forgets a session; it is forgotten when this returns.
   *
   * @throws java.io.UncheckedIOException if a file cannot be deleted
   */
  public Forgotten forget(TenantId tenant, SessionId session) {
    return forget(tenant, () -> snapshots.forget(tenant, session) ? 1 : 0);
  }

  /**
   * Forgets all sessions of a tenant; they are forgotten when this returns.
   *
   * @throws java.io.UncheckedIOException if a file cannot be deleted
   */
  public Forgotten forgetAll(TenantId tenant) {
    return forget(tenant, () -> snapshots.forgetAll(tenant));
  }

  /**
   * First pages, since they may be asked to become a file at any time, then files, which may have
   * been read into pages meanwhile; until there was none.
   */
  private Forgotten forget(TenantId tenant, IntSupplier files) {
    Forgotten all = new Forgotten(0, 0);
    Forgotten round;
    int rounds = 0;
    do {
      int pages = models.all().stream().mapToInt(model -> model.forget(tenant)).sum();
      round = new Forgotten(files.getAsInt(), pages);
      all = all.and(round);
      rounds++;
    } while (round.snapshots > 0 && rounds < ROUNDS_MAX);
    return all;
  }
}
