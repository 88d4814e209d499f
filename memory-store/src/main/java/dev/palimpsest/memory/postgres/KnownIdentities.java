package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.TenantId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Looks up many identities of a tenant at once, within a transaction of the caller's. */
final class KnownIdentities {
  private final Connection connection;
  private final TenantId tenant;

  KnownIdentities(Connection connection, TenantId tenant) {
    this.connection = connection;
    this.tenant = tenant;
  }

  /**
   * Lets nobody else write a version of these until the transaction ends. It is the first version
   * that is locked, since which is the newest may change while we wait.
   */
  void lock(Collection<IdentityKey> identities) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT v.memory_id
            FROM unnest(?, ?, ?, ?) AS w (u, a, p, identity)
            JOIN memory m
              ON m.tenant_id = ? AND m.scope_user = w.u AND m.scope_agent = w.a
             AND m.scope_project = w.p AND m.identity_sha256 = decode(w.identity, 'hex')
            JOIN memory_version v
              ON v.tenant_id = m.tenant_id AND v.memory_id = m.memory_id AND v.version = 1
            ORDER BY v.memory_id
            FOR NO KEY UPDATE OF v
            """)) {
      bind(statement, List.copyOf(identities));
      statement.executeQuery().close();
    }
  }

  /** The newest version of each that is stored. */
  Map<IdentityKey, NewestVersion> newest(Collection<IdentityKey> identities) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT w.identity, v.memory_id, v.version, v.scope_user, v.scope_agent,
                   v.scope_project, v.kind, v.source, v.session_name, v.record_id, v.position,
                   encode(v.content_sha256, 'hex') AS hash, v.learned_at, v.revoked_at,
                   v.revoked_reason
            FROM unnest(?, ?, ?, ?) AS w (u, a, p, identity)
            JOIN memory m
              ON m.tenant_id = ? AND m.scope_user = w.u AND m.scope_agent = w.a
             AND m.scope_project = w.p AND m.identity_sha256 = decode(w.identity, 'hex')
            JOIN memory_version v
              ON v.tenant_id = m.tenant_id AND v.memory_id = m.memory_id
             AND v.superseded_at IS NULL
            """)) {
      bind(statement, List.copyOf(identities));
      Map<IdentityKey, NewestVersion> found = new HashMap<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          NewestVersion newest = newest(row);
          found.put(new IdentityKey(newest.scope(), row.getString("identity")), newest);
        }
      }
      return found;
    }
  }

  /** Hashes of all that these memories have said, in any version. */
  Map<MemoryId, Set<String>> said(Collection<MemoryId> memories) throws SQLException {
    if (memories.isEmpty()) {
      return Map.of();
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT v.memory_id, encode(v.content_sha256, 'hex')
            FROM unnest(?) AS w (id)
            JOIN memory_version v ON v.tenant_id = ? AND v.memory_id = w.id
            """)) {
      new SqlArrays(connection, statement)
          .texts(List.copyOf(memories), MemoryId::value)
          .value(tenant.value());
      Map<MemoryId, Set<String>> said = new HashMap<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          said.computeIfAbsent(new MemoryId(row.getString(1)), id -> new HashSet<>())
              .add(row.getString(2));
        }
      }
      return said;
    }
  }

  private void bind(PreparedStatement statement, List<IdentityKey> identities) throws SQLException {
    new SqlArrays(connection, statement)
        .texts(identities, key -> key.scope().user())
        .texts(identities, key -> key.scope().agent())
        .texts(identities, key -> key.scope().project())
        .texts(identities, IdentityKey::sha256)
        .value(tenant.value());
  }

  private static NewestVersion newest(ResultSet row) throws SQLException {
    Instant learnedAt = row.getObject("learned_at", OffsetDateTime.class).toInstant();
    return new NewestVersion(
        new MemoryId(row.getString("memory_id")),
        row.getInt("version"),
        scope(row),
        kind(row),
        origin(row),
        row.getString("hash"),
        learnedAt,
        SourceTable.revoked(row));
  }

  static ScopeColumns scope(ResultSet row) throws SQLException {
    return new ScopeColumns(
        row.getString("scope_user"), row.getString("scope_agent"), row.getString("scope_project"));
  }

  static MemoryKind kind(ResultSet row) throws SQLException {
    return MemoryKind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT));
  }

  static Origin origin(ResultSet row) throws SQLException {
    return new Origin(
        row.getString("source"),
        row.getString("session_name"),
        row.getString("record_id"),
        row.getLong("position"));
  }
}
