package dev.palimpsest.runtime.importing;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.importing.ImportCounts;
import dev.palimpsest.memory.importing.ImportFormat;
import dev.palimpsest.memory.importing.ImportState;
import dev.palimpsest.memory.importing.NewImport;
import dev.palimpsest.runtime.guard.Names;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An import as it is told outside; the members are those of {@link ImportState} in snake_case.
 *
 * @param status {@code open}, {@code done}, {@code aborted} or {@code failed}
 * @param format as it was asked for; {@code auto} where it was to be found out
 * @param offset byte of the file up to which every record is committed
 * @param read records met: stored, duplicate and rejected together
 * @param lastChange number of the last write that stored a record; 0 when none did
 * @param searchableUpTo change number up to which the indexes have everything
 * @param searchable whether all that it stored is found
 * @param problem why it failed
 */
public record ImportReport(
    String id,
    String status,
    String format,
    String source,
    @Nullable Instant baseTime,
    Scope scope,
    boolean dryRun,
    @Nullable Long totalBytes,
    long offset,
    long read,
    long stored,
    long duplicate,
    long rejected,
    long sanitised,
    long skipped,
    long lastChange,
    long searchableUpTo,
    boolean searchable,
    @Nullable String problem,
    Instant createdAt,
    Instant updatedAt) {
  /** The report on a state, with how far the indexes are. */
  static ImportReport of(ImportState state, long searchableUpTo) {
    NewImport request = state.request();
    ImportFormat format = request.format();
    ImportCounts counts = state.counts();
    return new ImportReport(
        state.id().value(),
        Names.of(state.status()),
        format == null ? "auto" : format.word(),
        request.source(),
        request.baseTime(),
        request.scope(),
        request.isDryRun(),
        request.totalBytes(),
        state.offset(),
        counts.read(),
        counts.stored(),
        counts.duplicate(),
        counts.rejected(),
        counts.sanitised(),
        counts.skipped(),
        state.lastChange(),
        searchableUpTo,
        searchableUpTo >= state.lastChange(),
        state.problem(),
        state.createdAt(),
        state.updatedAt());
  }
}
