package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.retention.RetentionArchive;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * An archive of retention as JSON.
 *
 * @param file in the data folder
 * @param status {@code running} until all of it is erased, then {@code done}
 * @param sha256 of the file; null, as what follows, until it is written
 * @param receipt the signed receipt; null while it is running
 */
record ArchiveView(
    String id,
    String file,
    Scope scope,
    String status,
    Instant begunAt,
    @Nullable String sha256,
    @Nullable Long bytes,
    @Nullable Long memories,
    @Nullable Long versions,
    long memoriesErased,
    @Nullable Instant keepUntil,
    @JsonRawValue @Schema(type = SchemaType.OBJECT) @Nullable String receipt) {
  static ArchiveView of(TenantId tenant, RetentionArchive archive) {
    RetentionArchive.Written written = archive.written();
    RetentionArchive.Finished finished = archive.finished();
    return new ArchiveView(
        archive.id().value(),
        "archives/" + tenant.value() + "/" + archive.id().value() + ".jsonl.gz",
        archive.policy().scope(),
        finished == null ? "running" : "done",
        archive.begunAt(),
        written == null ? null : written.sha256(),
        written == null ? null : written.bytes(),
        written == null ? null : written.memories(),
        written == null ? null : written.versions(),
        archive.erased().memories(),
        finished == null ? null : finished.keepUntil(),
        finished == null ? null : finished.receipt());
  }
}
