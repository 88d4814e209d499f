package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.SessionId;

/**
 * What was computed for conversations and could be read again: files, and the model's memory of how
 * prompts begin. The latter is known by tokens alone, so where one conversation is to be forgotten
 * all of its tenant are. For many threads.
 */
public final class SessionCaches {
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
    int pages = pages(tenant);
    boolean wasThere = snapshots.forget(tenant, session);
    return new Forgotten(wasThere ? 1 : 0, pages + pagesReadSince(wasThere, tenant));
  }

  /**
   * Forgets all sessions of a tenant; they are forgotten when this returns.
   *
   * @throws java.io.UncheckedIOException if a file cannot be deleted
   */
  public Forgotten forgetAll(TenantId tenant) {
    int pages = pages(tenant);
    int files = snapshots.forgetAll(tenant);
    return new Forgotten(files, pages + pagesReadSince(files > 0, tenant));
  }

  /** A file may have been read between the two. */
  private int pagesReadSince(boolean hadFiles, TenantId tenant) {
    return hadFiles ? pages(tenant) : 0;
  }

  /** Before the files: what is known as pages may be asked to become one at any time. */
  private int pages(TenantId tenant) {
    return models.all().stream().mapToInt(model -> model.forget(tenant)).sum();
  }
}
