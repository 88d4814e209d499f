package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Origin;
import java.time.Instant;

/** The newest version of a memory that is stored, as far as a next one builds on it. */
record NewestVersion(
    MemoryId id,
    int version,
    ScopeColumns scope,
    MemoryKind kind,
    Origin origin,
    String contentHash,
    Instant learnedAt) {

  VersionDraft next(MemoryText said, String hash) {
    return new VersionDraft(id, version + 1, scope, kind, origin, said, hash, learnedAt, false);
  }
}
