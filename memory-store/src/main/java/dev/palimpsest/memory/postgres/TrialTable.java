package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.importing.ImportId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/**
 * What a dry run would have stored: hashes, no words. A dry run counts against what is stored at
 * that moment and against its own earlier batches. What it cannot see: what others store or erase
 * between its commit and the real import.
 */
final class TrialTable {
  private TrialTable() {}

  /** For each memory, in order, whether the real import would store it. */
  static List<Boolean> tried(
      StatelessSession session, TenantId tenant, ImportId id, List<NewMemory> batch) {
    return session.doReturningWork(connection -> {
      Set<IdentityKey> keys = new LinkedHashSet<>();
      batch.stream().map(IdentityKey::of).filter(Objects::nonNull).forEach(keys::add);
      Map<IdentityKey, NewestVersion> newest = new KnownIdentities(connection, tenant).newest(keys);
      Map<MemoryId, Set<String>> said = MemoryWriter.said(connection, tenant, batch, newest);
      Map<IdentityKey, String> known = new HashMap<>();
      newest.forEach((key, version) -> known.put(key, version.contentHash()));
      batch.stream().filter(NewMemory::looksBack).map(TrialTable::key).forEach(keys::add);
      known.putAll(tried(connection, tenant, id, List.copyOf(keys)));
      List<Boolean> stored = new ArrayList<>();
      for (NewMemory wanted : batch) {
        String hash = ContentHash.of(wanted.content());
        NewestVersion version = newest.get(IdentityKey.of(wanted));
        boolean isSaid =
            wanted.looksBack()
                && version != null
                && said.getOrDefault(version.id(), Set.of()).contains(hash);
        IdentityKey key = key(wanted);
        String before = key == null ? null : known.put(key, hash);
        stored.add(!isSaid && !hash.equals(before));
      }
      keep(connection, tenant, id, known);
      return stored;
    });
  }

  /** Of several states of a memory each is kept on its own. */
  private static @Nullable IdentityKey key(NewMemory wanted) {
    IdentityKey key = IdentityKey.of(wanted);
    return key == null || !wanted.looksBack()
        ? key
        : new IdentityKey(
            key.scope(), ContentHash.of(key.sha256() + ContentHash.of(wanted.content())));
  }

  /** Forgets what an import tried. */
  static void clear(StatelessSession session, ImportRow row) {
    session
        .createNativeMutationQuery(
            "DELETE FROM import_trial WHERE tenant_id = :tenant AND import_id = :import")
        .setParameter("tenant", row.tenantId)
        .setParameter("import", row.importId)
        .executeUpdate();
  }

  private static Map<IdentityKey, String> tried(
      Connection connection, TenantId tenant, ImportId id, List<IdentityKey> keys)
      throws SQLException {
    Map<IdentityKey, String> known = new HashMap<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT t.scope_user, t.scope_agent, t.scope_project,
                   encode(t.identity_sha256, 'hex'), encode(t.content_sha256, 'hex')
            FROM unnest(?, ?, ?, ?) AS w (u, a, p, identity)
            JOIN import_trial t
              ON t.tenant_id = ? AND t.import_id = ? AND t.scope_user = w.u
             AND t.scope_agent = w.a AND t.scope_project = w.p
             AND t.identity_sha256 = decode(w.identity, 'hex')
            """)) {
      bind(new SqlArrays(connection, statement), keys).value(tenant.value()).value(id.value());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          ScopeColumns scope =
              new ScopeColumns(row.getString(1), row.getString(2), row.getString(3));
          known.put(new IdentityKey(scope, row.getString(4)), row.getString(5));
        }
      }
    }
    return known;
  }

  private static void keep(
      Connection connection, TenantId tenant, ImportId id, Map<IdentityKey, String> tried)
      throws SQLException {
    List<Map.Entry<IdentityKey, String>> rows = List.copyOf(tried.entrySet());
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO import_trial
              (scope_user, scope_agent, scope_project, identity_sha256, content_sha256, tenant_id,
               import_id)
            SELECT n.u, n.a, n.p, decode(n.identity, 'hex'), decode(n.content, 'hex'), ?, ?
            FROM unnest(?, ?, ?, ?, ?) AS n (u, a, p, identity, content)
            ON CONFLICT (tenant_id, import_id, scope_user, scope_agent, scope_project,
                         identity_sha256)
              DO UPDATE SET content_sha256 = excluded.content_sha256
            """)) {
      SqlArrays arrays =
          new SqlArrays(connection, statement).value(tenant.value()).value(id.value());
      bind(arrays, rows.stream().map(Map.Entry::getKey).toList()).texts(rows, Map.Entry::getValue);
      statement.executeUpdate();
    }
  }

  private static SqlArrays bind(SqlArrays arrays, List<IdentityKey> keys) throws SQLException {
    return arrays
        .texts(keys, key -> key.scope().user())
        .texts(keys, key -> key.scope().agent())
        .texts(keys, key -> key.scope().project())
        .texts(keys, IdentityKey::sha256);
  }
}
