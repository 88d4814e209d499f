package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.Scope;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an import is begun with.
 *
 * @param format {@code null}: found out from the first bytes
 * @param source name of where it comes from; part of every record's identity
 * @param baseTime for formats without times
 * @param scope on every memory it stores
 * @param isDryRun count only, store nothing
 * @param totalBytes length of the file, for progress; null where unknown
 */
public record NewImport(
    @Nullable ImportFormat format,
    String source,
    @Nullable Instant baseTime,
    Scope scope,
    boolean isDryRun,
    @Nullable Long totalBytes) {}
