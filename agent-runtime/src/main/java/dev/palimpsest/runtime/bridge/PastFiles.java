package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.Compaction;
import dev.palimpsest.engine.Engine;
import dev.palimpsest.engine.kv.HeadKeys;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.engine.snapshot.PastStore;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.CompactionId;
import dev.palimpsest.memory.session.SessionId;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Compacted beginnings on disk, one file a session, and the way from there back into an engine.
 * Where nothing is kept on disk it finds nothing and writes nothing. For many threads.
 */
final class PastFiles {
  private final Engine engine;
  private final @Nullable SessionSnapshots snapshots;
  private final LongSupplier nanos;

  /**
   * Over these.
   *
   * @param snapshots null where nothing is kept on disk
   * @param nanos a clock that only runs forward
   */
  PastFiles(Engine engine, @Nullable SessionSnapshots snapshots, LongSupplier nanos) {
    this.engine = engine;
    this.snapshots = snapshots;
    this.nanos = nanos;
  }

  /** A file that may be written; from {@link #begin} on an erasing of its session holds. */
  final class Writing implements AutoCloseable {
    private final @Nullable SessionSnapshots folder;
    private final PastStore.@Nullable Ticket ticket;

    private Writing(TenantId tenant, SessionId session) {
      folder = snapshots;
      ticket = folder == null ? null : folder.pasts().announce(tenant.value(), session.value());
    }

    /** Writes what was made; where that fails the beginning is gone after a restart. */
    void save(CompactionId compaction, CompactedPast past, List<HeadKeys> heads) {
      if (folder != null && ticket != null) {
        long begun = nanos.getAsLong();
        PastStore.Past kept = new PastStore.Past(engine.restoring().kind(), past.tokens(), heads);
        folder.tell(
            folder.pasts().save(ticket, past.salt(), compaction.value(), kept),
            nanos.getAsLong() - begun);
      }
    }

    @Override
    public void close() {
      if (folder != null && ticket != null) {
        folder.pasts().withdraw(ticket);
      }
    }
  }

  Writing begin(TenantId tenant, SessionId session) {
    return new Writing(tenant, session);
  }

  /** Whether there is a file that an engine's cache can hold. */
  boolean has(String salt, CompactionId compaction) {
    long bytes = snapshots == null ? 0 : snapshots.pasts().bytesOf(salt, compaction.value());
    return bytes > 0 && bytes <= engine.pastBytesMax();
  }

  /** Reads a file and stores what is in it; null where it is not as it must be, or has no room. */
  @Nullable CompactedPast load(String salt, CompactionId compaction) {
    if (snapshots == null) {
      return null;
    }
    long begun = nanos.getAsLong();
    PastStore.Loading loading =
        snapshots.pasts().load(salt, compaction.value(), engine.restoring().kind());
    snapshots.tell(loading.news(), nanos.getAsLong() - begun);
    PastStore.Past past = loading.past();
    return past == null
        ? null
        : stored(engine.restoring().restore(salt, past.tokens(), past.heads()));
  }

  private @Nullable CompactedPast stored(Compaction storing) {
    try {
      return storing.await() instanceof Compaction.Outcome.Done(CompactedPast past) ? past : null;
    } catch (InterruptedException e) {
      storing.cancel();
      if (storing.outcome().orElse(null) instanceof Compaction.Outcome.Done(CompactedPast past)) {
        engine.forget(past);
      }
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /** Deletes a session's file. */
  void erase(TenantId tenant, SessionId session) {
    if (snapshots != null) {
      boolean ignored = snapshots.pasts().erase(tenant.value(), session.value());
    }
  }
}
