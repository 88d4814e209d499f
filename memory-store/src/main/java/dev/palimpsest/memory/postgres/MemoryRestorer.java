package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Revoked;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.memory.importing.ImportBatch.Restored;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.hibernate.StatelessSession;

/**
 * Puts back what an archive kept, within a transaction of the caller's, in two steps as {@link
 * MemoryWriter} does it. Idempotency key: id and version.
 */
final class MemoryRestorer {
  private final Connection connection;
  private final TenantId tenant;

  private MemoryRestorer(Connection connection, TenantId tenant) {
    this.connection = connection;
    this.tenant = tenant;
  }

  /** Decides what is to be written; the memories concerned are locked from now on. */
  static RestorePlan prepare(StatelessSession session, TenantId tenant, List<Restored> batch) {
    return session.doReturningWork(
        connection -> new MemoryRestorer(connection, tenant).plan(batch, false));
  }

  /** What {@link #prepare} would decide, for a dry run: it locks and claims nothing. */
  static RestorePlan tried(StatelessSession session, TenantId tenant, List<Restored> batch) {
    return session.doReturningWork(
        connection -> new MemoryRestorer(connection, tenant).plan(batch, true));
  }

  /** Writes what was decided; without effect where nothing is to be written. */
  static void write(
      StatelessSession session,
      TenantId tenant,
      RestorePlan plan,
      List<SealedRow> rows,
      ChangeTable.At at) {
    if (plan.stored() > 0) {
      session.doWork(connection -> {
        new MemoryRestorer(connection, tenant).supersede(plan.overtaken());
        MemoryWriter.insertVersions(connection, tenant, rows, at.change());
      });
      RevocationTable.markWritten(session, tenant, rows);
    }
  }

  /** Without a question to the database where nothing is to be put back, as in most batches. */
  private RestorePlan plan(List<Restored> batch, boolean isTrial) throws SQLException {
    if (batch.isEmpty()) {
      return new RestorePlan(RestorePlan.Here.nothing(isTrial));
    }
    Map<MemoryId, KeptVersion> memories = new LinkedHashMap<>();
    batch.forEach(wanted -> memories.putIfAbsent(wanted.version().id(), wanted.version()));
    Set<MemoryId> erased = erased(memories.keySet());
    if (!isTrial) {
      claim(
          memories.values().stream()
              .filter(first -> first.version() == 1 && !erased.contains(first.id()))
              .toList());
      lock(memories.keySet());
    }
    Map<MemoryId, List<RestorePlan.Link>> chains = chains(memories.keySet());
    Map<MemoryId, Revoked> revoked = revoked(chains.keySet());
    memories.keySet().removeAll(chains.keySet());
    Map<MemoryId, MemoryId> namesakes = namesakes(memories.values());
    Map<MemoryId, Set<String>> said =
        new KnownIdentities(connection, tenant).said(Set.copyOf(namesakes.values()));
    RestorePlan plan =
        new RestorePlan(
            new RestorePlan.Here(
                chains, namesakes, said, erased, revoked, sources(batch, isTrial), isTrial));
    batch.forEach(plan::add);
    return plan;
  }

  private Map<VersionId, Derivation.State> sources(List<Restored> batch, boolean isTrial)
      throws SQLException {
    Set<VersionId> wanted = new TreeSet<>();
    batch.forEach(one -> one.version().sources().forEach(from -> wanted.add(from.version())));
    SourceTable table = new SourceTable(connection, tenant);
    return isTrial ? table.read(wanted) : table.lock(wanted);
  }

  /** The first version says it of all. */
  private Map<MemoryId, Revoked> revoked(Set<MemoryId> ids) throws SQLException {
    List<VersionId> first = ids.stream().map(id -> new VersionId(id, 1)).sorted().toList();
    Map<MemoryId, Revoked> revoked = new HashMap<>();
    new SourceTable(connection, tenant)
        .read(first)
        .forEach((version, state) -> {
          if (state.revoked() != null) {
            revoked.put(version.id(), state.revoked());
          }
        });
    return revoked;
  }

  private Set<MemoryId> erased(Set<MemoryId> ids) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT c.subject
            FROM unnest(?) AS w (id)
            JOIN change c ON c.tenant_id = ? AND c.subject = w.id AND c.kind = 'memory_erased'
            """)) {
      new SqlArrays(connection, statement).texts(ids, MemoryId::value).value(tenant.value());
      Set<MemoryId> erased = new HashSet<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          erased.add(new MemoryId(row.getString(1)));
        }
      }
      return erased;
    }
  }

  /** Inserts those of which neither the id nor the identity is there; in the writer's order. */
  private void claim(List<KeptVersion> first) throws SQLException {
    List<ScopeColumns> scopes = first.stream().map(v -> ScopeColumns.of(v.scope())).toList();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO memory
              (tenant_id, memory_id, scope_user, scope_agent, scope_project, identity_sha256)
            SELECT ?, n.id, n.u, n.a, n.p, decode(n.identity, 'hex')
            FROM unnest(?, ?, ?, ?, ?) AS n (id, u, a, p, identity)
            ORDER BY n.identity, n.u, n.a, n.p, n.id
            ON CONFLICT DO NOTHING
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .texts(first, version -> version.id().value())
          .texts(scopes, ScopeColumns::user)
          .texts(scopes, ScopeColumns::agent)
          .texts(scopes, ScopeColumns::project)
          .texts(first, KeptVersion::identitySha256);
      statement.executeUpdate();
    }
  }

  private void lock(Set<MemoryId> ids) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT v.memory_id
            FROM unnest(?) AS w (id)
            JOIN memory_version v
              ON v.tenant_id = ? AND v.memory_id = w.id AND v.version = 1
            ORDER BY v.memory_id
            FOR NO KEY UPDATE OF v
            """)) {
      new SqlArrays(connection, statement).texts(ids, MemoryId::value).value(tenant.value());
      statement.executeQuery().close();
    }
  }

  private Map<MemoryId, List<RestorePlan.Link>> chains(Set<MemoryId> ids) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT v.memory_id, v.scope_user, v.scope_agent, v.scope_project, v.kind, v.source,
                   v.session_name, v.record_id, v.position,
                   encode(v.content_sha256, 'hex') AS hash, v.learned_at
            FROM unnest(?) AS w (id)
            JOIN memory_version v ON v.tenant_id = ? AND v.memory_id = w.id
            ORDER BY v.memory_id, v.version
            """)) {
      new SqlArrays(connection, statement).texts(ids, MemoryId::value).value(tenant.value());
      Map<MemoryId, List<RestorePlan.Link>> chains = new HashMap<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          chains
              .computeIfAbsent(new MemoryId(row.getString("memory_id")), id -> new ArrayList<>())
              .add(link(row));
        }
      }
      return chains;
    }
  }

  private static RestorePlan.Link link(ResultSet row) throws SQLException {
    return new RestorePlan.Link(
        KnownIdentities.scope(row),
        KnownIdentities.kind(row),
        KnownIdentities.origin(row),
        row.getString("hash"),
        row.getObject("learned_at", OffsetDateTime.class).toInstant());
  }

  /** Memories that have the identity of one that is not here. */
  private Map<MemoryId, MemoryId> namesakes(Iterable<KeptVersion> missing) throws SQLException {
    Map<IdentityKey, MemoryId> wanted = new HashMap<>();
    for (KeptVersion version : missing) {
      if (version.identitySha256() != null) {
        ScopeColumns scope = ScopeColumns.of(version.scope());
        wanted.put(new IdentityKey(scope, version.identitySha256()), version.id());
      }
    }
    Map<MemoryId, MemoryId> namesakes = new HashMap<>();
    if (!wanted.isEmpty()) {
      new KnownIdentities(connection, tenant)
          .newest(wanted.keySet())
          .forEach((key, newest) -> namesakes.put(wanted.get(key), newest.id()));
    }
    return namesakes;
  }

  private void supersede(List<RestorePlan.Overtaken> overtaken) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            UPDATE memory_version v
            SET superseded_at = CAST(o.at AS timestamptz)
            FROM unnest(?, ?, ?) AS o (id, version, at)
            WHERE v.tenant_id = ? AND v.memory_id = o.id AND v.version = o.version
            """)) {
      new SqlArrays(connection, statement)
          .texts(overtaken, row -> row.id().value())
          .numbers(overtaken, row -> (long) row.version())
          .texts(overtaken, RestorePlan.Overtaken::at)
          .value(tenant.value());
      statement.executeUpdate();
    }
  }
}
