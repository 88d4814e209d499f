package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Revoked;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What versions were made of, within a transaction of the caller's. */
final class SourceTable {
  private final Connection connection;
  private final TenantId tenant;

  SourceTable(Connection connection, TenantId tenant) {
    this.connection = connection;
    this.tenant = tenant;
  }

  /**
   * What is known of these versions. They are locked against being revoked until the transaction
   * ends, so that a revocation either sees what is made of them or is seen by it.
   */
  Map<VersionId, Derivation.State> lock(Collection<VersionId> versions) throws SQLException {
    return states(versions, " FOR SHARE OF v");
  }

  /** What is known of these versions now. */
  Map<VersionId, Derivation.State> read(Collection<VersionId> versions) throws SQLException {
    return states(versions, "");
  }

  private Map<VersionId, Derivation.State> states(Collection<VersionId> versions, String locking)
      throws SQLException {
    if (versions.isEmpty()) {
      return Map.of();
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT v.memory_id, v.version, v.label, v.revoked_at, v.revoked_reason
            FROM unnest(?, ?) AS w (id, version)
            JOIN memory_version v
              ON v.tenant_id = ? AND v.memory_id = w.id AND v.version = w.version
            ORDER BY v.memory_id, v.version
            """
                + locking)) {
      new SqlArrays(connection, statement)
          .texts(versions, VersionId::id)
          .numbers(versions, version -> (long) version.version())
          .value(tenant.value());
      Map<VersionId, Derivation.State> states = new HashMap<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          states.put(
              new VersionId(new MemoryId(row.getString(1)), row.getInt(2)),
              new Derivation.State(
                  Label.valueOf(row.getString(3).toUpperCase(Locale.ROOT)), revoked(row)));
        }
      }
      return states;
    }
  }

  /** Of a row that has {@code revoked_at} and {@code revoked_reason}. */
  static @Nullable Revoked revoked(ResultSet row) throws SQLException {
    OffsetDateTime at = row.getObject("revoked_at", OffsetDateTime.class);
    return at == null ? null : new Revoked(at.toInstant(), row.getString("revoked_reason"));
  }

  private record Edge(VersionDraft derived, int place, Derivation.Source source) {
    MadeOf.@Nullable Span span() {
      return source.from().span();
    }
  }

  /** Writes what these were made of; the versions themselves are there already. */
  void insert(List<SealedRow> rows) throws SQLException {
    List<Edge> edges = new ArrayList<>();
    for (SealedRow row : rows) {
      List<Derivation.Source> sources = row.draft().derivation().sources();
      for (int i = 0; i < sources.size(); i++) {
        edges.add(new Edge(row.draft(), i, sources.get(i)));
      }
    }
    if (!edges.isEmpty()) {
      insertEdges(edges);
    }
  }

  private void insertEdges(List<Edge> edges) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO memory_source
              (tenant_id, memory_id, version, place, scope_user, scope_agent, scope_project, label,
               source_memory_id, source_version, source_label, span_start, span_end)
            SELECT ?, n.id, n.version, n.place, n.u, n.a, n.p, n.label, n.source, n.source_version,
                   n.source_label, n.span_start, n.span_end
            FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
              AS n (id, version, place, u, a, p, label, source, source_version, source_label,
                    span_start, span_end)
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .texts(edges, edge -> edge.derived.id())
          .numbers(edges, edge -> (long) edge.derived.version())
          .numbers(edges, edge -> (long) edge.place)
          .texts(edges, edge -> edge.derived.scope().user())
          .texts(edges, edge -> edge.derived.scope().agent())
          .texts(edges, edge -> edge.derived.scope().project())
          .texts(edges, edge -> VersionRow.word(edge.derived.content().label()))
          .texts(edges, edge -> edge.source.version().id())
          .numbers(edges, edge -> (long) edge.source.version().version())
          .texts(edges, edge -> label(edge.source))
          .numbers(edges, edge -> edge.span() == null ? null : (long) edge.span().start())
          .numbers(edges, edge -> edge.span() == null ? null : (long) edge.span().end());
      statement.executeUpdate();
    }
  }

  private static @Nullable String label(Derivation.Source source) {
    return source.label() == null ? null : VersionRow.word(source.label());
  }

  /** What each of these versions was made of, in order; nothing for most. */
  Map<VersionId, List<MadeOf>> sources(Collection<MemoryId> memories) throws SQLException {
    Map<VersionId, List<MadeOf>> sources = new HashMap<>();
    if (memories.isEmpty()) {
      return sources;
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT memory_id, version, source_memory_id, source_version, span_start, span_end
            FROM memory_source
            WHERE tenant_id = ? AND memory_id = ANY (?)
            ORDER BY memory_id, version, place
            """)) {
      new SqlArrays(connection, statement).value(tenant.value()).texts(memories, MemoryId::value);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          sources
              .computeIfAbsent(version(row, 1), version -> new ArrayList<>())
              .add(new MadeOf(version(row, 3), span(row)));
        }
      }
      return sources;
    }
  }

  private static MadeOf.@Nullable Span span(ResultSet row) throws SQLException {
    int start = row.getInt("span_start");
    return row.wasNull() ? null : new MadeOf.Span(start, row.getInt("span_end"));
  }

  private static VersionId version(ResultSet row, int column) throws SQLException {
    return new VersionId(new MemoryId(row.getString(column)), row.getInt(column + 1));
  }

  /**
   * Before these memories are erased: forgets what they were made of, and what was made of them has
   * a source that is gone. Returns the latter, without those that are erased themselves.
   */
  List<MemoryId> orphan(List<MemoryId> erased, int derivedMax) throws SQLException {
    try (PreparedStatement own =
            connection.prepareStatement(
                "DELETE FROM memory_source WHERE tenant_id = ? AND memory_id = ANY (?)");
        PreparedStatement others =
            connection.prepareStatement(
                """
                WITH orphaned AS (
                  UPDATE memory_source
                  SET source_label = NULL
                  WHERE tenant_id = ? AND source_memory_id = ANY (?)
                  RETURNING memory_id)
                SELECT DISTINCT memory_id
                FROM orphaned
                ORDER BY memory_id
                LIMIT ?
                """)) {
      new SqlArrays(connection, own).value(tenant.value()).texts(erased, MemoryId::value);
      own.executeUpdate();
      new SqlArrays(connection, others)
          .value(tenant.value())
          .texts(erased, MemoryId::value)
          .value(derivedMax);
      List<MemoryId> derived = new ArrayList<>();
      try (ResultSet row = others.executeQuery()) {
        while (row.next()) {
          derived.add(new MemoryId(row.getString(1)));
        }
      }
      return derived;
    }
  }
}
