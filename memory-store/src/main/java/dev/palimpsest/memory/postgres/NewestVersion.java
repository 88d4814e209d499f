package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Revoked;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The newest version of a memory that is stored, as far as a next one builds on it. */
record NewestVersion(
    MemoryId id,
    int version,
    ScopeColumns scope,
    MemoryKind kind,
    Origin origin,
    String contentHash,
    Instant learnedAt,
    @Nullable Revoked revoked) {

  /** The next one, revoked where this one is. */
  VersionDraft next(MemoryText said, String hash, Derivation from) {
    Derivation derived = from.revoked(revoked);
    return new VersionDraft(
        id, version + 1, scope, kind, origin, said, hash, learnedAt, false, derived);
  }
}
