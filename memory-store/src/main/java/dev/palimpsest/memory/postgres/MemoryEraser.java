package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.ChainEntry;
import dev.palimpsest.memory.Erased;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.memory.session.SessionId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.hibernate.StatelessSession;
import org.hibernate.query.NativeQuery;
import org.jspecify.annotations.Nullable;

/**
 * Erases memories with all versions and vectors, within a transaction of the caller's: what they
 * were made of and whom they name is forgotten, what was made of them has a source that is gone, of
 * each version its hash stays, and followers are told. A digest that consolidation made of them
 * quotes them, and is erased with them.
 */
final class MemoryEraser {
  private final StatelessSession session;
  private final TenantId tenant;
  private final Instant now;

  MemoryEraser(StatelessSession session, TenantId tenant, Instant now) {
    this.session = session;
    this.tenant = tenant;
    this.now = now;
  }

  /** Idempotency key: the memory's id; erasing it again finds nothing. */
  Erased erase(MemoryId id) {
    return erase(List.of(id));
  }

  /** Erases what was said in a session of ours. */
  Erased eraseSaidIn(SessionId said) {
    return erase(of(new SourceName(said.value()), null, null, null));
  }

  /** Erases the next memories of a source. */
  Erased eraseSource(
      SourceName source, @Nullable String user, @Nullable MemoryId after, int memories) {
    List<MemoryId> found = of(source, user, after, memories);
    return erase(found).goingOn(found.size() < memories ? null : found.getLast());
  }

  private List<MemoryId> of(
      SourceName source, @Nullable String user, @Nullable MemoryId after, @Nullable Integer most) {
    NativeQuery<String> query =
        RevocationQueue.bind(
                session.createNativeQuery(
                    """
                    SELECT DISTINCT v.memory_id
                    FROM memory_version v
                    WHERE v.tenant_id = :tenant AND v.memory_id > :after
                      AND (:user = '' OR v.scope_user = :user) AND %s
                    ORDER BY v.memory_id
                    """
                        .formatted(RevocationQueue.condition(source.sort())),
                    String.class),
                source)
            .setParameter("tenant", tenant.value())
            .setParameter("after", after == null ? "" : after.value())
            .setParameter("user", user == null ? "" : user);
    return (most == null ? query : query.setMaxResults(most))
        .getResultList().stream().map(MemoryId::new).toList();
  }

  /** Erases all of these that are there. */
  Erased erase(List<MemoryId> ids) {
    if (ids.isEmpty()) {
      return Erased.nothing(now);
    }
    return session.doReturningWork(connection -> erase(connection, ids));
  }

  /**
   * Locks all their versions first, so that nobody gives one of them a vector meanwhile, and before
   * these the tenant's entities.
   */
  private Erased erase(Connection connection, List<MemoryId> ids) throws SQLException {
    DigestTable digests = new DigestTable(connection, tenant);
    EntityTable entities = new EntityTable(connection, tenant);
    entities.lock();
    List<Stone> stones = lock(connection, ids);
    List<MemoryId> quoting = digests.quoting(ids);
    stones.addAll(lock(connection, quoting));
    stones.sort(Comparator.comparing(stone -> stone.version));
    List<MemoryId> memories = stones.stream().map(stone -> stone.version.id()).distinct().toList();
    if (memories.isEmpty()) {
      return Erased.nothing(now);
    }
    List<MemoryId> derived =
        new SourceTable(connection, tenant).orphan(memories, Erased.DERIVED_MAX);
    digests.again(quoting);
    digests.decline(ids, now);
    digests.forget(memories);
    SimilarTable.forget(connection, tenant, memories);
    Erased.Names names = entities.forget(memories, now);
    long vectors = delete(connection, "memory_vector", memories);
    long versions = delete(connection, "memory_version", memories);
    long rows = delete(connection, "memory", memories);
    assert rows == memories.size();
    List<Stone> sealed = stones.stream().filter(stone -> stone.sha256 != null).toList();
    SortedMap<VersionId, String> hashes = new TreeMap<>();
    sealed.forEach(stone -> hashes.put(stone.version, stone.sha256));
    ChainEntry entry = ChainEntry.erased(memories, hashes);
    long change = ChangeTable.recordErased(session, tenant, memories, entry, now);
    bury(connection, sealed, change);
    return new Erased(memories.size(), versions, vectors, derived, change, now, null, names);
  }

  /** What stays of a version. */
  private record Stone(VersionId version, @Nullable String sha256, long change) {}

  private List<Stone> lock(Connection connection, List<MemoryId> ids) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT memory_id, version, encode(row_sha256, 'hex'), change_number
            FROM memory_version
            WHERE tenant_id = ? AND memory_id = ANY (?)
            ORDER BY memory_id, version
            FOR UPDATE
            """)) {
      new SqlArrays(connection, statement).value(tenant.value()).texts(ids, MemoryId::value);
      List<Stone> stones = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          VersionId version = new VersionId(new MemoryId(row.getString(1)), row.getInt(2));
          stones.add(new Stone(version, row.getString(3), row.getLong(4)));
        }
      }
      return stones;
    }
  }

  private long delete(Connection connection, String table, List<MemoryId> ids) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "DELETE FROM " + table + " WHERE tenant_id = ? AND memory_id = ANY (?)")) {
      new SqlArrays(connection, statement).value(tenant.value()).texts(ids, MemoryId::value);
      return statement.executeUpdate();
    }
  }

  /** The scope is left out: it may name a person. */
  private void bury(Connection connection, List<Stone> stones, long change) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO memory_tombstone
              (tenant_id, memory_id, version, row_sha256, change_number, erased_change)
            SELECT ?, n.id, n.version, decode(n.hash, 'hex'), n.written, ?
            FROM unnest(?, ?, ?, ?) AS n (id, version, hash, written)
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .value(change)
          .texts(stones, stone -> stone.version.id())
          .numbers(stones, stone -> (long) stone.version.version())
          .texts(stones, stone -> stone.sha256)
          .numbers(stones, stone -> stone.change);
      statement.executeUpdate();
    }
  }
}
