package dev.palimpsest.memory.retention;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.TenantId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Archives what is due, erases it, and removes archives whose time is over, one small step at a
 * time. An archive's row is made first, then its file under that name, then the row says what the
 * file is; only from there on is anything erased, and only what the file holds as it stands in the
 * store. So a process that dies anywhere goes on under the same name, and loses nothing. Safe for
 * many threads; one of them works, the others are told so.
 */
public final class Retainer {
  /** Memories that are read, or erased in one transaction, together: the longest must fit. */
  static final int PART_MEMORIES = 25;

  /** Memories of an archive at most. */
  static final int ARCHIVE_MEMORIES = 2_000;

  /** No more is begun behind so many bytes of an archive. */
  static final long ARCHIVE_BYTES = 64L << 20;

  private final Retention retention;
  private final ArchiveFolder folder;
  private final Receipts receipts;
  private final InstantSource clock;
  private final AtomicBoolean isBusy = new AtomicBoolean();

  /** Writes and signs receipts; asked of others, since much beside the store is erased too. */
  public interface Receipts {
    /**
     * Erases what is kept of these memories elsewhere, and says so.
     *
     * @param archive of which all was erased that is to be
     * @param keepUntil when its file goes
     * @return a JSON object
     */
    String write(TenantId tenant, RetentionArchive archive, Instant keepUntil);
  }

  /** What a step came to. */
  public sealed interface Step {
    /** Nothing was due. */
    record Nothing() implements Step {}

    /** Somebody else was at work. */
    record Busy() implements Step {}

    /** An archive whose time was over is gone. */
    record Removed(ArchiveId id) implements Step {}

    /** Something was archived and erased. */
    record Finished(RetentionArchive archive) implements Step {}
  }

  /** Over these. */
  public Retainer(
      Retention retention, ArchiveFolder folder, Receipts receipts, InstantSource clock) {
    this.retention = retention;
    this.folder = folder;
    this.receipts = receipts;
    this.clock = clock;
  }

  /**
   * Removes an archive or makes one, with all that is to be erased of it.
   *
   * @throws IOException when an archive cannot be written, read back or removed; nothing was erased
   *     that no whole file holds
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Step step(TenantId tenant) throws IOException {
    return alone(() -> {
      Optional<ArchiveId> expired = retention.expired(tenant);
      if (expired.isPresent()) {
        drop(tenant, expired.get());
        return new Step.Removed(expired.get());
      }
      Optional<RetentionArchive> begun = retention.begin(tenant);
      return begun.isPresent() ? make(tenant, begun.get()) : new Step.Nothing();
    });
  }

  /**
   * Removes an archive before its time is over; {@link Step.Nothing} where there is no finished one
   * of this name.
   *
   * @throws IOException when the file cannot be removed
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Step remove(TenantId tenant, ArchiveId id) throws IOException {
    return alone(() -> {
      Optional<RetentionArchive> found =
          retention.archive(tenant, id).filter(archive -> archive.finished() != null);
      if (found.isEmpty()) {
        return new Step.Nothing();
      }
      drop(tenant, id);
      return new Step.Removed(id);
    });
  }

  /** Something that touches files and rows. */
  private interface Work {
    Step run() throws IOException;
  }

  private Step alone(Work work) throws IOException {
    if (!isBusy.compareAndSet(false, true)) {
      return new Step.Busy();
    }
    try {
      return work.run();
    } finally {
      isBusy.set(false);
    }
  }

  private Step make(TenantId tenant, RetentionArchive begun) throws IOException {
    RetentionArchive known = isWhole(tenant, begun) ? begun : write(tenant, begun);
    RetentionArchive.Written written = known.written();
    if (written != null && isWanted(tenant, known)) {
      erase(tenant, known, written);
    }
    RetentionArchive archive = retention.archive(tenant, begun.id()).orElse(begun);
    if (archive.erased().memories() == 0) {
      // A file that holds only what is still in the store would be a copy that nobody asked for.
      drop(tenant, begun.id());
      return new Step.Nothing();
    }
    return finish(tenant, archive);
  }

  /** What something was erased by is not written again, whatever became of it. */
  private boolean isWhole(TenantId tenant, RetentionArchive begun) throws IOException {
    RetentionArchive.Written written = begun.written();
    boolean isUsed = begun.erased().memories() > 0;
    return written != null && (isUsed || folder.isWhole(tenant, begun.id(), written));
  }

  private RetentionArchive write(TenantId tenant, RetentionArchive begun) throws IOException {
    Due due = new Due(tenant, begun);
    RetentionArchive.Written written = folder.write(tenant, begun.id(), due::next, ARCHIVE_BYTES);
    if (written == null) {
      return begun.unwritten();
    }
    retention.written(tenant, begun.id(), written);
    return retention.archive(tenant, begun.id()).orElse(begun);
  }

  /** Without its policy an archive goes no further, and what was erased of it is receipted. */
  private boolean isWanted(TenantId tenant, RetentionArchive archive) {
    return retention.policies(tenant).stream()
        .anyMatch(policy -> policy.scope().equals(archive.policy().scope()));
  }

  private void erase(TenantId tenant, RetentionArchive begun, RetentionArchive.Written written)
      throws IOException {
    MemoryId upTo = begun.erased().next();
    folder.read(
        tenant,
        begun.id(),
        written,
        PART_MEMORIES,
        part -> {
          boolean isDone = upTo != null && part.getLast().id().value().compareTo(upTo.value()) <= 0;
          if (!isDone) {
            retention.erase(tenant, begun.id(), written, part);
          }
        });
  }

  private Step finish(TenantId tenant, RetentionArchive archive) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    Instant keepUntil = now.plus(Duration.ofDays(archive.policy().archiveDays()));
    String receipt = receipts.write(tenant, archive, keepUntil);
    retention.finish(tenant, archive.id(), new RetentionArchive.Finished(now, keepUntil, receipt));
    return new Step.Finished(retention.archive(tenant, archive.id()).orElse(archive));
  }

  /** The file first: a row without a file is forgotten later, a file without a row never. */
  private void drop(TenantId tenant, ArchiveId id) throws IOException {
    folder.remove(tenant, id);
    retention.forget(tenant, id);
  }

  /** Reads what is due, as much as one archive takes. */
  private final class Due {
    private final TenantId tenant;
    private final RetentionArchive archive;
    private @Nullable MemoryId last;
    private long memories;

    Due(TenantId tenant, RetentionArchive archive) {
      this.tenant = tenant;
      this.archive = archive;
    }

    List<KeptVersion> next() {
      int most = (int) Math.min(PART_MEMORIES, ARCHIVE_MEMORIES - memories);
      List<KeptVersion> part = most == 0 ? List.of() : retention.next(tenant, archive, last, most);
      if (!part.isEmpty()) {
        last = part.getLast().id();
        memories += part.stream().filter(version -> version.version() == 1).count();
      }
      return part;
    }
  }
}
