package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Revoked;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code memory_version}, to be read; {@link MemoryWriter} writes them, in SQL. Times that
 * users set are mapped with an offset: Hibernate reads an {@link Instant} by way of a calendar that
 * knows other days before the year 1582.
 */
@Entity
@Immutable
@Table(name = "memory_version")
@IdClass(VersionRow.Key.class)
class VersionRow {
  record Key(String tenantId, String memoryId, int version) {}

  @Id
  @Column(name = "tenant_id")
  String tenantId;

  @Id
  @Column(name = "memory_id")
  String memoryId;

  @Id int version;

  @Embedded ScopeColumns scope;

  @Column(nullable = false)
  String kind;

  @Column(nullable = false)
  String source;

  @Column(name = "session_name")
  @Nullable String sessionName;

  @Column(name = "record_id")
  @Nullable String recordId;

  @Column(nullable = false)
  long position;

  @Column(nullable = false)
  String text;

  @Nullable String speaker;

  @Column(name = "happened_at")
  @JdbcTypeCode(SqlTypes.TIMESTAMP_WITH_TIMEZONE)
  @Nullable OffsetDateTime happenedAt;

  @Column(name = "valid_from")
  @JdbcTypeCode(SqlTypes.TIMESTAMP_WITH_TIMEZONE)
  @Nullable OffsetDateTime validFrom;

  @Column(name = "valid_to")
  @JdbcTypeCode(SqlTypes.TIMESTAMP_WITH_TIMEZONE)
  @Nullable OffsetDateTime validTo;

  @Column(nullable = false)
  String label;

  @Column(nullable = false)
  String metadata;

  @Column(name = "learned_at", nullable = false)
  Instant learnedAt;

  @Column(name = "superseded_at")
  @Nullable Instant supersededAt;

  @Column(name = "change_number", nullable = false)
  long changeNumber;

  @Column(name = "revoked_at")
  @Nullable Instant revokedAt;

  @Column(name = "revoked_reason")
  @Nullable String revokedReason;

  @SuppressWarnings("NullAway.Init")
  VersionRow() {}

  Memory memory() {
    return new Memory(
        new MemoryId(memoryId),
        version,
        scope.scope(),
        MemoryKind.valueOf(kind.toUpperCase(Locale.ROOT)),
        new Origin(source, sessionName, recordId, position),
        new MemoryText(
            text,
            speaker,
            instant(happenedAt),
            instant(validFrom),
            instant(validTo),
            Label.valueOf(label.toUpperCase(Locale.ROOT)),
            metadata),
        learnedAt,
        supersededAt,
        changeNumber,
        revokedAt == null ? null : new Revoked(revokedAt, revokedReason));
  }

  static @Nullable Instant instant(@Nullable OffsetDateTime time) {
    return time == null ? null : time.toInstant();
  }

  /** The word under which a kind or a label is stored. */
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
