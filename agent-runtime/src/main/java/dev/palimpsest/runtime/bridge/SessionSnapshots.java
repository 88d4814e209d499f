package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.SnapshotParts;
import dev.palimpsest.engine.snapshot.PastStore;
import dev.palimpsest.engine.snapshot.SnapshotNews;
import dev.palimpsest.engine.snapshot.SnapshotStore;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.SessionId;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/**
 * What sessions have on disk of what a model computed for them: files named after tenant and
 * session, of pages and of compacted beginnings, which are there whether a model is or not. For
 * many threads.
 */
public final class SessionSnapshots {
  /** This part of the quota is for compacted beginnings. */
  private static final int PART_OF_QUOTA = 8;

  private final SnapshotStore store;
  private final PastStore pasts;
  private final SnapshotObserver observer;

  /**
   * Opens the folder.
   *
   * @param quotaBytes for all files; 0 deletes what is there and keeps nothing
   * @throws UncheckedIOException if the folder cannot be used
   */
  public SessionSnapshots(
      Path folder, long quotaBytes, InstantSource clock, SnapshotObserver observer) {
    long pastBytes = quotaBytes / PART_OF_QUOTA;
    this.store = new SnapshotStore(folder, quotaBytes - pastBytes, clock);
    this.pasts = new PastStore(folder.resolve("pasts"), pastBytes, clock);
    this.observer = observer;
  }

  /**
   * Deletes what there is of a session; it is gone when this returns.
   *
   * @return whether there was anything
   * @throws UncheckedIOException if it cannot be deleted
   */
  public boolean forget(TenantId tenant, SessionId session) {
    boolean hadPages = store.erase(tenant.value(), session.value());
    boolean hadPast = pasts.erase(tenant.value(), session.value());
    return hadPages || hadPast;
  }

  /**
   * Deletes what there is of all sessions of a tenant; it is gone when this returns.
   *
   * @return how many files there were
   * @throws UncheckedIOException if one cannot be deleted
   */
  public int forgetAll(TenantId tenant) {
    return store.eraseAll(tenant.value()) + pasts.eraseAll(tenant.value());
  }

  /** Bytes of all files. */
  public long bytes() {
    return store.bytes() + pasts.bytes();
  }

  /** Files there are. */
  public int files() {
    return store.files() + pasts.files();
  }

  SnapshotParts parts(Executor worker) {
    return new SnapshotParts(store, worker, this::tell);
  }

  PastStore pasts() {
    return pasts;
  }

  /** Tells what became of a file, and how long it took. */
  void tell(SnapshotNews news, long nanos) {
    Duration took = Duration.ofNanos(Math.max(0, nanos));
    switch (news) {
      case SnapshotNews.Saved(int tokens, long bytes) -> observer.saved(tokens, bytes, took);
      case SnapshotNews.Loaded(int tokens, long bytes) -> observer.loaded(tokens, bytes, took);
      case SnapshotNews.Dropped(String reason) -> observer.dropped(reason);
      case SnapshotNews.Refused(String file, String reason) -> observer.refused(file, reason);
      case SnapshotNews.Failed(String file, String reason) -> observer.failed(file, reason);
    }
  }
}
