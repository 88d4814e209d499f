package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an import is begun with.
 *
 * @param format {@code null}: found out from the first bytes
 * @param source name of where it comes from; part of every record's identity
 * @param baseTime for formats without times; cut to whole microseconds, in the years 1 to 9999
 * @param scope on every memory it stores
 * @param isDryRun count only, store nothing
 * @param mayRestore whether an archive of ours, which sets ids, times and labels, may be put back
 * @param totalBytes length of the file, for progress; null where unknown
 */
public record NewImport(
    @Nullable ImportFormat format,
    String source,
    @Nullable Instant baseTime,
    Scope scope,
    boolean isDryRun,
    boolean mayRestore,
    @Nullable Long totalBytes) {
  /** One that puts no archive back. */
  public NewImport(
      @Nullable ImportFormat format,
      String source,
      @Nullable Instant baseTime,
      Scope scope,
      boolean isDryRun,
      @Nullable Long totalBytes) {
    this(format, source, baseTime, scope, isDryRun, false, totalBytes);
  }

  /** Refuses a source that {@link Origin} would refuse, and a size below 0. */
  public NewImport {
    new Origin(source, null, null, 0);
    if (totalBytes != null && totalBytes < 0) {
      throw new IllegalArgumentException("total_bytes is " + totalBytes + "; at least 0");
    }
    baseTime = MemoryText.storable("base_time", baseTime);
  }
}
