package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.ChainEntry;
import dev.palimpsest.memory.ChainLink;
import dev.palimpsest.memory.ChainReport.Break;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The rows that a few links of a chain are about. Rows come first and tombstones after them. */
final class ChainWindow {
  private final Map<Long, SortedMap<VersionId, CheckedRow>> rows;
  private final Map<Long, SortedMap<VersionId, String>> written;
  private final Map<Long, SortedMap<VersionId, String>> erased;
  private final SortedMap<Long, Gone> gone;

  /** A change that says that a memory was erased or revoked. */
  private record Gone(String kind, String memory, Instant at) {}

  private ChainWindow(
      Map<Long, SortedMap<VersionId, CheckedRow>> rows,
      Map<Long, SortedMap<VersionId, String>> written,
      Map<Long, SortedMap<VersionId, String>> erased,
      SortedMap<Long, Gone> gone) {
    this.rows = rows;
    this.written = written;
    this.erased = erased;
    this.gone = gone;
  }

  /** Everything with a number above {@code after} and up to {@code to}. */
  static ChainWindow read(Connection connection, TenantId tenant, long after, long to)
      throws SQLException {
    Map<Long, SortedMap<VersionId, CheckedRow>> rows =
        CheckedRow.read(connection, tenant, after, to);
    return new ChainWindow(
        rows,
        tombstones(connection, tenant, "change_number", after, to),
        tombstones(connection, tenant, "erased_change", after, to),
        gone(connection, tenant, after, to));
  }

  private static Map<Long, SortedMap<VersionId, String>> tombstones(
      Connection connection, TenantId tenant, String column, long after, long to)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT memory_id, version, encode(row_sha256, 'hex'), %1$s
            FROM memory_tombstone
            WHERE tenant_id = ? AND %1$s > ? AND %1$s <= ?
            """
                .formatted(column))) {
      new SqlArrays(connection, statement).value(tenant.value()).value(after).value(to);
      Map<Long, SortedMap<VersionId, String>> stones = new HashMap<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          String other =
              stones
                  .computeIfAbsent(row.getLong(4), number -> new TreeMap<>())
                  .put(
                      new VersionId(new MemoryId(row.getString(1)), row.getInt(2)),
                      row.getString(3));
          assert other == null;
        }
      }
      return stones;
    }
  }

  private static SortedMap<Long, Gone> gone(
      Connection connection, TenantId tenant, long after, long to) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT number, kind, subject, recorded_at
            FROM change
            WHERE tenant_id = ? AND number > ? AND number <= ?
              AND kind IN ('memory_erased', 'memory_revoked')
            """)) {
      new SqlArrays(connection, statement).value(tenant.value()).value(after).value(to);
      SortedMap<Long, Gone> gone = new TreeMap<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          Instant at = row.getObject(4, OffsetDateTime.class).toInstant();
          Gone other = gone.put(row.getLong(1), new Gone(row.getString(2), row.getString(3), at));
          assert other == null;
        }
      }
      return gone;
    }
  }

  /** What is wrong with what a link is about; null when nothing is. */
  @Nullable Break broken(ChainLink link) {
    return switch (link.kind()) {
      case WRITTEN -> brokenRow(link);
      case ERASED -> brokenErasure(link);
      case REVOKED -> brokenRevocation(link);
    };
  }

  private @Nullable Break brokenRow(ChainLink link) {
    long change = link.change();
    SortedMap<VersionId, String> hashes =
        new TreeMap<>(written.getOrDefault(change, new TreeMap<>()));
    for (Map.Entry<VersionId, CheckedRow> row : rows(change).entrySet()) {
      String what = row.getValue().wrong();
      if (what != null) {
        return new Break(change, row.getKey(), what);
      }
      hashes.put(row.getKey(), row.getValue().hash());
    }
    if (hashes.size() != link.entries()) {
      String what = link.entries() + " versions were written, " + hashes.size() + " are known.";
      return new Break(change, null, what);
    }
    return sum(link, ChainEntry.written(hashes));
  }

  private SortedMap<VersionId, CheckedRow> rows(long change) {
    return rows.getOrDefault(change, new TreeMap<>());
  }

  private @Nullable Break brokenErasure(ChainLink link) {
    List<MemoryId> memories =
        said(link, ChangeTable.MEMORY_ERASED).stream()
            .map(one -> new MemoryId(one.memory))
            .toList();
    return sum(
        link, ChainEntry.erased(memories, erased.getOrDefault(link.change(), new TreeMap<>())));
  }

  private @Nullable Break brokenRevocation(ChainLink link) {
    SortedMap<String, Instant> times = new TreeMap<>();
    said(link, ChangeTable.MEMORY_REVOKED).forEach(one -> times.put(one.memory, one.at));
    return sum(link, ChainEntry.revoked(times));
  }

  private List<Gone> said(ChainLink link, String kind) {
    return gone.subMap(link.change() - link.entries() + 1, link.change() + 1).values().stream()
        .filter(one -> one.kind.equals(kind))
        .toList();
  }

  private static @Nullable Break sum(ChainLink link, ChainEntry entry) {
    return entry.sha256().equals(link.entriesSha256())
        ? null
        : new Break(link.change(), null, "What is there is not what the link was made of.");
  }

  /** How many versions of a write are there. */
  long versions(long change) {
    return rows(change).size();
  }

  /** Of how many versions of a write only the hash is there. */
  long tombstones(long change) {
    return written.getOrDefault(change, new TreeMap<>()).size();
  }

  /** A version of which none of these links knows. */
  @Nullable Break unknown(List<ChainLink> links) {
    Set<Long> known =
        links.stream()
            .filter(link -> link.kind() == ChainEntry.Kind.WRITTEN)
            .map(ChainLink::change)
            .collect(Collectors.toSet());
    for (Map.Entry<Long, SortedMap<VersionId, CheckedRow>> write : rows.entrySet()) {
      if (!known.contains(write.getKey())) {
        VersionId version = write.getValue().firstKey();
        return new Break(write.getKey(), version, "No link knows of it.");
      }
    }
    return null;
  }
}
