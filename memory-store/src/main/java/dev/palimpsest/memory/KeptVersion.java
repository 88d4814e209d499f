package dev.palimpsest.memory;

import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One version of a memory as an archive keeps it: all that makes the same memory of it again in
 * another store, but for the order of writes there and for what can be computed.
 *
 * @param id shared by all versions
 * @param version from 1, rising by one
 * @param scope for whom it is kept
 * @param kind fixed for all versions
 * @param origin fixed for all versions
 * @param content what it says
 * @param learnedAt when this version was stored, whole microseconds; the version before it was
 *     superseded at that moment
 * @param identitySha256 of the {@link NewMemory#identity()}, in 64 hexadecimal digits; null where
 *     there was none
 * @param sources what it was made of
 * @param revoked the same on all versions; null where it was not revoked
 */
public record KeptVersion(
    MemoryId id,
    int version,
    Scope scope,
    MemoryKind kind,
    Origin origin,
    MemoryText content,
    Instant learnedAt,
    @Nullable String identitySha256,
    List<MadeOf> sources,
    @Nullable Revoked revoked) {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /** Refuses a version below 1, a time out of range, a sum of another shape, too many sources. */
  public KeptVersion {
    sources = List.copyOf(sources);
    if (sources.size() > NewMemory.SOURCES_MAX) {
      throw new IllegalArgumentException("more than " + NewMemory.SOURCES_MAX + " sources");
    }
    if (version < 1) {
      throw new IllegalArgumentException("version is " + version + "; from 1");
    }
    if (!learnedAt.equals(MemoryText.storable("learned_at", learnedAt))) {
      throw new IllegalArgumentException("learned_at is finer than a microsecond");
    }
    if (identitySha256 != null && !SHA256.matcher(identitySha256).matches()) {
      throw new IllegalArgumentException("identity is not 64 hexadecimal digits");
    }
  }

  /** One of words of its own that may be recalled. */
  public KeptVersion(
      MemoryId id,
      int version,
      Scope scope,
      MemoryKind kind,
      Origin origin,
      MemoryText content,
      Instant learnedAt,
      @Nullable String identitySha256) {
    this(id, version, scope, kind, origin, content, learnedAt, identitySha256, List.of(), null);
  }

  /** Names the version. */
  public VersionId versionId() {
    return new VersionId(id, version);
  }
}
