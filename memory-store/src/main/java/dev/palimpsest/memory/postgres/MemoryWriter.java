package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Revoked;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/**
 * Stores memories within a transaction of the caller's, a whole batch in few statements. Three
 * steps, since the change number is taken last: {@link #prepare} finds and locks what is there,
 * {@link #seal} gives the rows their hashes, then the caller takes the number, then {@link #write}
 * inserts the rows that carry it. Idempotency key: the identity within tenant and scope; whoever
 * loses a race for one waits for the winner's commit and then builds on what the winner wrote.
 */
final class MemoryWriter {
  /** An identity can be erased by others between two looks at it, but not for ever. */
  private static final int ROUNDS_MAX = 10;

  private final IdSource ids;
  private final Sealer sealer;

  MemoryWriter(IdSource ids, Sealer sealer) {
    this.ids = ids;
    this.sealer = sealer;
  }

  /** Decides what is to be written; the memories concerned are locked from now on. */
  BatchPlan prepare(StatelessSession session, TenantId tenant, List<NewMemory> batch) {
    return session.doReturningWork(connection -> {
      List<MemoryId> unnamed = new ArrayList<>();
      Map<IdentityKey, MemoryId> proposed = new LinkedHashMap<>();
      for (NewMemory wanted : batch) {
        IdentityKey key = IdentityKey.of(wanted);
        if (key == null) {
          unnamed.add(nextId());
        } else {
          proposed.computeIfAbsent(key, k -> nextId());
        }
      }
      insertUnnamed(connection, tenant, batch, unnamed);
      Map<IdentityKey, NewestVersion> stored = claim(connection, tenant, proposed);
      BatchPlan plan =
          new BatchPlan(
              said(connection, tenant, batch, stored),
              new SourceTable(connection, tenant).lock(sources(batch)));
      fill(plan, batch, unnamed, proposed, stored);
      return plan;
    });
  }

  /** The rows of what was decided. */
  List<SealedRow> seal(TenantId tenant, BatchPlan plan, Instant now) {
    return sealer.seal(tenant, plan.drafts().stream().map(draft -> draft.at(now)).toList());
  }

  /**
   * Writes what was decided; without effect where nothing is to be written.
   *
   * @param rows as {@link #seal} made them
   */
  void write(
      StatelessSession session,
      TenantId tenant,
      BatchPlan plan,
      List<SealedRow> rows,
      ChangeTable.At at) {
    session.doWork(connection -> {
      if (!plan.overtaken().isEmpty()) {
        supersede(connection, tenant, plan.overtaken(), at.time());
      }
      insertVersions(connection, tenant, rows, at.change());
    });
    RevocationTable.markWritten(session, tenant, rows);
  }

  private static Set<VersionId> sources(List<NewMemory> batch) {
    Set<VersionId> sources = new TreeSet<>();
    batch.forEach(wanted -> wanted.sources().forEach(from -> sources.add(from.version())));
    return sources;
  }

  private MemoryId nextId() {
    return new MemoryId(ids.next(MemoryId.PREFIX));
  }

  /** What those memories have said that are told in several states. */
  static Map<MemoryId, Set<String>> said(
      Connection connection,
      TenantId tenant,
      List<NewMemory> batch,
      Map<IdentityKey, NewestVersion> stored)
      throws SQLException {
    Set<MemoryId> memories = new LinkedHashSet<>();
    for (NewMemory wanted : batch) {
      NewestVersion known = wanted.looksBack() ? stored.get(IdentityKey.of(wanted)) : null;
      if (known != null) {
        memories.add(known.id());
      }
    }
    return new KnownIdentities(connection, tenant).said(memories);
  }

  private static void fill(
      BatchPlan plan,
      List<NewMemory> batch,
      List<MemoryId> unnamed,
      Map<IdentityKey, MemoryId> proposed,
      Map<IdentityKey, NewestVersion> stored) {
    int named = 0;
    for (NewMemory wanted : batch) {
      IdentityKey key = IdentityKey.of(wanted);
      if (key == null) {
        plan.add(wanted, unnamed.get(named++));
      } else if (stored.containsKey(key)) {
        plan.add(wanted, stored.get(key));
      } else {
        plan.add(wanted, key, Objects.requireNonNull(proposed.get(key)));
      }
    }
  }

  private static void insertUnnamed(
      Connection connection, TenantId tenant, List<NewMemory> batch, List<MemoryId> unnamed)
      throws SQLException {
    if (unnamed.isEmpty()) {
      return;
    }
    List<ScopeColumns> scopes =
        batch.stream()
            .filter(wanted -> wanted.identity() == null)
            .map(wanted -> ScopeColumns.of(wanted.scope()))
            .toList();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO memory (tenant_id, memory_id, scope_user, scope_agent, scope_project)
            SELECT ?, n.id, n.u, n.a, n.p
            FROM unnest(?, ?, ?, ?) AS n (id, u, a, p)
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .texts(unnamed, MemoryId::value)
          .texts(scopes, ScopeColumns::user)
          .texts(scopes, ScopeColumns::agent)
          .texts(scopes, ScopeColumns::project);
      statement.executeUpdate();
    }
  }

  /**
   * Inserts the identities that are not there and locks those that are; the newest version of each
   * of the latter. A key is in neither only while somebody erases it, then it is tried again.
   */
  private static Map<IdentityKey, NewestVersion> claim(
      Connection connection, TenantId tenant, Map<IdentityKey, MemoryId> proposed)
      throws SQLException {
    Map<IdentityKey, NewestVersion> stored = new HashMap<>();
    Map<IdentityKey, MemoryId> rest = new LinkedHashMap<>(proposed);
    for (int round = 0; round < ROUNDS_MAX && !rest.isEmpty(); round++) {
      Set<String> inserted = insertIdentities(connection, tenant, rest);
      rest.values().removeIf(id -> inserted.contains(id.value()));
      if (!rest.isEmpty()) {
        KnownIdentities known = new KnownIdentities(connection, tenant);
        known.lock(rest.keySet());
        stored.putAll(known.newest(rest.keySet()));
        rest.keySet().removeAll(stored.keySet());
      }
    }
    if (!rest.isEmpty()) {
      throw new MemoryStoreException("add memories", "others erase them all the time", null);
    }
    return stored;
  }

  /** Sorted, so that two batches with the same identities meet at the first and not crosswise. */
  private static Set<String> insertIdentities(
      Connection connection, TenantId tenant, Map<IdentityKey, MemoryId> wanted)
      throws SQLException {
    List<Map.Entry<IdentityKey, MemoryId>> rows = List.copyOf(wanted.entrySet());
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO memory
              (tenant_id, memory_id, scope_user, scope_agent, scope_project, identity_sha256)
            SELECT ?, n.id, n.u, n.a, n.p, decode(n.identity, 'hex')
            FROM unnest(?, ?, ?, ?, ?) AS n (id, u, a, p, identity)
            ORDER BY n.identity, n.u, n.a, n.p
            ON CONFLICT (tenant_id, scope_user, scope_agent, scope_project, identity_sha256)
              WHERE identity_sha256 IS NOT NULL
              DO NOTHING
            RETURNING memory_id
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .texts(rows, row -> row.getValue().value())
          .texts(rows, row -> row.getKey().scope().user())
          .texts(rows, row -> row.getKey().scope().agent())
          .texts(rows, row -> row.getKey().scope().project())
          .texts(rows, row -> row.getKey().sha256());
      Set<String> inserted = new HashSet<>();
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          inserted.add(result.getString(1));
        }
      }
      return inserted;
    }
  }

  private static void supersede(
      Connection connection, TenantId tenant, List<NewestVersion> overtaken, Instant now)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            UPDATE memory_version v
            SET superseded_at = greatest(CAST(? AS timestamptz), v.learned_at)
            FROM unnest(?, ?) AS o (id, version)
            WHERE v.tenant_id = ? AND v.memory_id = o.id AND v.version = o.version
            """)) {
      new SqlArrays(connection, statement)
          .value(now.toString())
          .texts(overtaken, row -> row.id().value())
          .numbers(overtaken, row -> (long) row.version())
          .value(tenant.value());
      statement.executeUpdate();
    }
  }

  /** Inserts versions with all their columns, and what they were made of. */
  static void insertVersions(
      Connection connection, TenantId tenant, List<SealedRow> rows, long change)
      throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    List<VersionDraft> drafts = rows.stream().map(SealedRow::draft).toList();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO memory_version
              (tenant_id, change_number, memory_id, version, scope_user, scope_agent,
               scope_project, kind, source, session_name, record_id, position, text, speaker,
               happened_at, valid_from, valid_to, label, metadata, content_sha256, learned_at,
               superseded_at, import_offset, row_salt, row_sha256, revoked_at, revoked_reason)
            SELECT ?, ?, n.id, n.version, n.u, n.a, n.p, n.kind, n.source, n.session, n.record,
                   n.position, n.text, n.speaker, CAST(n.happened AS timestamptz),
                   CAST(n.valid_from AS timestamptz), CAST(n.valid_to AS timestamptz), n.label,
                   n.metadata, decode(n.hash, 'hex'), CAST(n.learned AS timestamptz),
                   CAST(n.superseded AS timestamptz), n.at_byte, decode(n.salt, 'hex'),
                   decode(n.sealed, 'hex'), CAST(n.revoked AS timestamptz), n.reason
            FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
              AS n (id, version, u, a, p, kind, source, session, record, position, text, speaker,
                    happened, valid_from, valid_to, label, metadata, hash, learned, superseded,
                    at_byte, salt, sealed, revoked, reason)
            """)) {
      SqlArrays arrays = new SqlArrays(connection, statement);
      bindDrafts(arrays.value(tenant.value()).value(change), drafts);
      arrays
          .texts(rows, row -> row.row().learnedAt())
          .texts(rows, row -> row.row().supersededAt())
          .numbers(drafts, draft -> draft.derivation().offset())
          .texts(rows, SealedRow::salt)
          .texts(rows, SealedRow::sha256)
          .texts(drafts, MemoryWriter::revokedAt)
          .texts(drafts, MemoryWriter::reason);
      statement.executeUpdate();
    }
    new SourceTable(connection, tenant).insert(rows);
  }

  private static void bindDrafts(SqlArrays arrays, List<VersionDraft> drafts) throws SQLException {
    arrays
        .texts(drafts, VersionDraft::id)
        .numbers(drafts, draft -> (long) draft.version())
        .texts(drafts, draft -> draft.scope().user())
        .texts(drafts, draft -> draft.scope().agent())
        .texts(drafts, draft -> draft.scope().project())
        .texts(drafts, draft -> VersionRow.word(draft.kind()))
        .texts(drafts, draft -> draft.origin().source())
        .texts(drafts, draft -> draft.origin().session())
        .texts(drafts, draft -> draft.origin().recordId())
        .numbers(drafts, draft -> draft.origin().position())
        .texts(drafts, draft -> draft.content().text())
        .texts(drafts, draft -> draft.content().speaker())
        .texts(drafts, draft -> draft.content().happenedAt())
        .texts(drafts, draft -> draft.content().validFrom())
        .texts(drafts, draft -> draft.content().validTo())
        .texts(drafts, draft -> VersionRow.word(draft.content().label()))
        .texts(drafts, draft -> draft.content().metadata())
        .texts(drafts, VersionDraft::contentHash);
  }

  private static @Nullable Instant revokedAt(VersionDraft draft) {
    Revoked revoked = draft.derivation().revoked();
    return revoked == null ? null : revoked.at();
  }

  private static @Nullable String reason(VersionDraft draft) {
    Revoked revoked = draft.derivation().revoked();
    return revoked == null ? null : revoked.reason();
  }
}
