package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionHash;
import dev.palimpsest.memory.VersionId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A version as a check of the chain finds it.
 *
 * @param hash what stands there; empty where nothing does
 * @param wrong what is wrong with it, in a sentence; null when nothing is
 */
record CheckedRow(VersionId version, String hash, @Nullable String wrong) {
  private static final String ROWS =
      """
      SELECT v.memory_id, v.version, v.scope_user, v.scope_agent, v.scope_project, v.kind, v.source,
             v.session_name, v.record_id, v.position, v.text, v.speaker, v.happened_at,
             v.valid_from, v.valid_to, v.label, v.metadata, v.learned_at, v.superseded_at,
             v.change_number, v.import_offset, v.revoked_at,
             encode(v.content_sha256, 'hex') AS content_hash, encode(v.row_salt, 'hex') AS salt,
             encode(v.row_sha256, 'hex') AS hash, n.learned_at AS next_learned_at,
             (SELECT max(c.recorded_at)
              FROM change c
              WHERE c.tenant_id = v.tenant_id AND c.subject = v.memory_id
                AND c.kind = 'memory_revoked') AS told_revoked_at
      FROM memory_version v
      LEFT JOIN memory_version n
        ON n.tenant_id = v.tenant_id AND n.memory_id = v.memory_id AND n.version = v.version + 1
      WHERE v.tenant_id = ? AND v.change_number > ? AND v.change_number <= ?
      ORDER BY v.memory_id, v.version
      """;

  /** One that was read, before its sources are. */
  private record Raw(
      VersionId version,
      long change,
      @Nullable KeptVersion kept,
      @Nullable Long offset,
      String salt,
      String hash,
      @Nullable String wrong) {}

  /** By change number. */
  static Map<Long, SortedMap<VersionId, CheckedRow>> read(
      Connection connection, TenantId tenant, long after, long to) throws SQLException {
    List<Raw> found = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(ROWS)) {
      new SqlArrays(connection, statement).value(tenant.value()).value(after).value(to);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found.add(raw(row));
        }
      }
    }
    List<MemoryId> memories = found.stream().map(raw -> raw.version.id()).distinct().toList();
    Map<VersionId, List<MadeOf>> sources = new SourceTable(connection, tenant).sources(memories);
    Map<Long, SortedMap<VersionId, CheckedRow>> rows = new HashMap<>();
    VersionHash hash = new VersionHash(tenant);
    for (Raw raw : found) {
      CheckedRow checked = check(hash, raw, sources.getOrDefault(raw.version, List.of()));
      CheckedRow other =
          rows.computeIfAbsent(raw.change, number -> new TreeMap<>()).put(raw.version, checked);
      assert other == null;
    }
    return rows;
  }

  private static CheckedRow check(VersionHash hash, Raw raw, List<MadeOf> sources) {
    KeptVersion kept = raw.kept;
    if (raw.wrong != null || kept == null) {
      return new CheckedRow(raw.version, raw.hash, raw.wrong);
    }
    KeptVersion whole =
        new KeptVersion(
            kept.id(),
            kept.version(),
            kept.scope(),
            kept.kind(),
            kept.origin(),
            kept.content(),
            kept.learnedAt(),
            null,
            sources,
            null);
    boolean isRight = hash.of(whole, raw.offset, raw.salt).equals(raw.hash);
    return new CheckedRow(
        raw.version, raw.hash, isRight ? null : "Its columns are not those of its hash.");
  }

  private static Raw raw(ResultSet row) throws SQLException {
    VersionId version =
        new VersionId(new MemoryId(row.getString("memory_id")), row.getInt("version"));
    long offset = row.getLong("import_offset");
    Long known = row.wasNull() ? null : offset;
    String salt = row.getString("salt");
    String hash = row.getString("hash");
    KeptVersion kept = null;
    String wrong;
    try {
      kept = kept(version, row);
      wrong = salt == null || hash == null ? "It has no hash." : wrong(row, kept);
    } catch (IllegalArgumentException e) {
      // Nothing that we wrote reads like this.
      wrong = "It cannot be read: " + e.getMessage();
    }
    return new Raw(
        version,
        row.getLong("change_number"),
        kept,
        known,
        Objects.requireNonNullElse(salt, ""),
        Objects.requireNonNullElse(hash, ""),
        wrong);
  }

  /** What stands beside the hash and follows from other rows. */
  private static @Nullable String wrong(ResultSet row, KeptVersion kept) throws SQLException {
    if (!ContentHash.of(kept.content()).equals(row.getString("content_hash"))) {
      return "Its content is not that of its content's hash.";
    }
    if (!Objects.equals(instant(row, "superseded_at"), instant(row, "next_learned_at"))) {
      return "It was not superseded when its next version was learned.";
    }
    if (!Objects.equals(instant(row, "revoked_at"), instant(row, "told_revoked_at"))) {
      return "Its revocation is not the one that was written down.";
    }
    return null;
  }

  private static KeptVersion kept(VersionId version, ResultSet row) throws SQLException {
    return new KeptVersion(
        version.id(),
        version.version(),
        KnownIdentities.scope(row).scope(),
        KnownIdentities.kind(row),
        KnownIdentities.origin(row),
        content(row),
        Objects.requireNonNull(instant(row, "learned_at")),
        null);
  }

  private static MemoryText content(ResultSet row) throws SQLException {
    return new MemoryText(
        row.getString("text"),
        row.getString("speaker"),
        instant(row, "happened_at"),
        instant(row, "valid_from"),
        instant(row, "valid_to"),
        Label.valueOf(row.getString("label").toUpperCase(Locale.ROOT)),
        row.getString("metadata"));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    return VersionRow.instant(row.getObject(column, OffsetDateTime.class));
  }
}
