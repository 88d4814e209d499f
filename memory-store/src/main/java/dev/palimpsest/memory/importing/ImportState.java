package dev.palimpsest.memory.importing;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An import as it is stored.
 *
 * @param id its name
 * @param request what it was begun with
 * @param status where it stands
 * @param items how many items (records, rejections and skipped parts) of the file are committed;
 *     parsing the spool from its beginning and passing over so many goes on where it was
 * @param offset byte of the file up to which every record is committed
 * @param counts what came of them
 * @param lastChange number of the last write that stored a record; 0 when none did
 * @param problem why it failed, for a person; null unless it did
 * @param createdAt when it was begun
 * @param updatedAt when it last moved
 */
public record ImportState(
    ImportId id,
    NewImport request,
    Status status,
    long items,
    long offset,
    ImportCounts counts,
    long lastChange,
    @Nullable String problem,
    Instant createdAt,
    Instant updatedAt) {
  /** Where an import stands. Stored and shown in lower case. */
  public enum Status {
    /** Bytes may come. */
    OPEN,
    /** All records are committed. */
    DONE,
    /** It was given up on request; what was committed stays. */
    ABORTED,
    /** It cannot go on; what was committed stays. */
    FAILED
  }
}
