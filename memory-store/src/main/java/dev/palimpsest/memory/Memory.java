package dev.palimpsest.memory;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One version of one remembered thing, as it is stored. Never changes but for {@code supersededAt}
 * and {@code revoked}: a correction is a new version under the same id.
 *
 * @param id shared by all versions
 * @param version from 1, rising by one
 * @param scope for whom it is kept
 * @param kind fixed for all versions
 * @param origin fixed for all versions
 * @param content what it says
 * @param learnedAt when this version was stored ({@code imported_at} outside), whole microseconds
 * @param supersededAt when a later version took its place; null for the newest
 * @param change number of the write that stored it
 * @param revoked the same on all versions; null: it may be recalled
 */
public record Memory(
    MemoryId id,
    int version,
    Scope scope,
    MemoryKind kind,
    Origin origin,
    MemoryText content,
    Instant learnedAt,
    @Nullable Instant supersededAt,
    long change,
    @Nullable Revoked revoked) {
  /** Checks the numbers. */
  public Memory {
    if (version < 1 || change < 1) {
      throw new IllegalArgumentException("version and change count from 1");
    }
  }

  /** One that may be recalled. */
  public Memory(
      MemoryId id,
      int version,
      Scope scope,
      MemoryKind kind,
      Origin origin,
      MemoryText content,
      Instant learnedAt,
      @Nullable Instant supersededAt,
      long change) {
    this(id, version, scope, kind, origin, content, learnedAt, supersededAt, change, null);
  }

  /** Names the version. */
  public VersionId versionId() {
    return new VersionId(id, version);
  }

  /** Whether it was revoked: shown to whoever asks for it by its id, and recalled by nobody. */
  public boolean isRevoked() {
    return revoked != null;
  }

  /** Whether it is the version in force. */
  public boolean isNewest() {
    return supersededAt == null;
  }

  /** What it says. */
  public String text() {
    return content.text();
  }

  /** Whether it holds at a moment, as far as is known. */
  public boolean holdsAt(Instant moment) {
    Instant from = holdsFrom();
    Instant to = content.validTo();
    return (from == null || !from.isAfter(moment)) && (to == null || to.isAfter(moment));
  }

  /** When it begins to hold; null: always. */
  public @Nullable Instant holdsFrom() {
    return content.holdsFrom();
  }
}
