package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.SessionId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.StatelessSession;

/**
 * Erases memories with all versions and vectors, within a transaction of the caller's, who tells of
 * it afterwards by {@link ChangeTable#recordErased}.
 */
final class MemoryEraser {
  private MemoryEraser() {}

  /** Idempotency key: the memory's id. Returns it, or nothing when there is no such memory. */
  static List<MemoryId> erase(StatelessSession session, TenantId tenant, MemoryId id) {
    return session.doReturningWork(connection -> erased(connection, tenant, List.of(id)));
  }

  /** Erases what was said in a session of ours; returns which memories that were. */
  static List<MemoryId> eraseSaidIn(StatelessSession session, TenantId tenant, SessionId said) {
    return session.doReturningWork(connection -> {
      List<MemoryId> ids = saidIn(connection, tenant, said);
      return ids.isEmpty() ? ids : erased(connection, tenant, ids);
    });
  }

  private static List<MemoryId> saidIn(Connection connection, TenantId tenant, SessionId said)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT memory_id
            FROM memory_version
            WHERE tenant_id = ? AND superseded_at IS NULL
              AND left(session_name, 64) = left(?, 64) AND session_name = ? AND source = ?
            ORDER BY memory_id
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .value(said.value())
          .value(said.value())
          .value(Origin.OF_SESSIONS);
      return ids(statement);
    }
  }

  /** Locks all their versions first, so that nobody gives one of them a vector meanwhile. */
  private static List<MemoryId> erased(Connection connection, TenantId tenant, List<MemoryId> ids)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT memory_id
            FROM memory_version
            WHERE tenant_id = ? AND memory_id = ANY (?)
            ORDER BY memory_id, version
            FOR UPDATE
            """)) {
      List<MemoryId> locked = ids(bind(connection, statement, tenant, ids));
      delete(connection, "memory_vector", tenant, ids);
      delete(connection, "memory_version", tenant, ids);
      delete(connection, "memory", tenant, ids);
      return locked.stream().distinct().toList();
    }
  }

  private static void delete(
      Connection connection, String table, TenantId tenant, List<MemoryId> ids)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "DELETE FROM " + table + " WHERE tenant_id = ? AND memory_id = ANY (?)")) {
      bind(connection, statement, tenant, ids).executeUpdate();
    }
  }

  private static PreparedStatement bind(
      Connection connection, PreparedStatement statement, TenantId tenant, List<MemoryId> ids)
      throws SQLException {
    new SqlArrays(connection, statement).value(tenant.value()).texts(ids, MemoryId::value);
    return statement;
  }

  private static List<MemoryId> ids(PreparedStatement statement) throws SQLException {
    List<MemoryId> ids = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        ids.add(new MemoryId(row.getString(1)));
      }
    }
    return ids;
  }
}
