package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Origin;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A version that is about to be written, but for its change number, and for its times where they
 * are not those of another store.
 *
 * @param contentHash {@link ContentHash} of the content
 * @param notBefore when the version before it was learned: a version is never learned before the
 *     one that it supersedes, whatever a clock says
 * @param isSuperseded whether the same batch holds a later version
 * @param derivation where it comes from
 */
record VersionDraft(
    MemoryId id,
    int version,
    ScopeColumns scope,
    MemoryKind kind,
    Origin origin,
    MemoryText content,
    String contentHash,
    Instant notBefore,
    boolean isSuperseded,
    Derivation derivation) {

  /** What an archive kept is written with the times it had. */
  record Row(VersionDraft draft, Instant learnedAt, @Nullable Instant supersededAt) {}

  Row at(Instant now) {
    Instant learnedAt = now.isBefore(notBefore) ? notBefore : now;
    return new Row(this, learnedAt, isSuperseded ? learnedAt : null);
  }

  VersionDraft superseded() {
    return new VersionDraft(
        id, version, scope, kind, origin, content, contentHash, notBefore, true, derivation);
  }

  /** The next one, revoked where this one is. */
  VersionDraft next(MemoryText said, String hash, Derivation from) {
    Derivation derived = from.revoked(derivation.revoked());
    return new VersionDraft(
        id, version + 1, scope, kind, origin, said, hash, notBefore, false, derived);
  }
}
