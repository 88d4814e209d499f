package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.Revoked;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.runtime.guard.Names;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A memory as JSON; the same members wherever one is shown.
 *
 * @param importedAt when this version was stored
 * @param session the conversation it comes from
 * @param metadata as it was handed in
 * @param revoked since when and why it is not recalled; absent when it is
 */
record MemoryView(
    String id,
    String text,
    Scope scope,
    String kind,
    @Nullable Instant happenedAt,
    Instant importedAt,
    @Nullable Instant validFrom,
    @Nullable Instant validTo,
    String source,
    @Nullable String session,
    @Nullable String speaker,
    String label,
    @JsonRawValue @Schema(type = SchemaType.OBJECT) String metadata,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable RevokedView revoked) {

  /** That a memory was revoked. */
  record RevokedView(Instant at, @Nullable String reason) {
    static @Nullable RevokedView of(@Nullable Revoked revoked) {
      return revoked == null ? null : new RevokedView(revoked.at(), revoked.reason());
    }
  }

  static MemoryView of(Memory memory) {
    return new MemoryView(
        memory.id().value(),
        memory.text(),
        memory.scope(),
        Names.of(memory.kind()),
        memory.content().happenedAt(),
        memory.learnedAt(),
        memory.content().validFrom(),
        memory.content().validTo(),
        memory.origin().source(),
        memory.origin().session(),
        memory.content().speaker(),
        Names.of(memory.content().label()),
        memory.content().metadata(),
        RevokedView.of(memory.revoked()));
  }
}
