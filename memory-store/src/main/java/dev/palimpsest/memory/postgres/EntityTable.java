package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.EntityId;
import dev.palimpsest.memory.EntityName;
import dev.palimpsest.memory.Erased;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Mention;
import dev.palimpsest.memory.Named;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Entities and where their names stand, within a transaction of the caller's. An entity is one name
 * in one scope; {@link EntityMerges} says which are the same.
 */
final class EntityTable {
  private final Connection connection;
  private final TenantId tenant;

  EntityTable(Connection connection, TenantId tenant) {
    this.connection = connection;
    this.tenant = tenant;
  }

  /** A link that is to be stored. */
  private record Link(VersionId version, ScopeColumns scope, String entity, Mention mention) {}

  /** A statement that is to be stored. */
  private record Statement(
      VersionId version, ScopeColumns scope, String entity, String alias, Named.Alias said) {}

  /**
   * Holds off all others who write entities of the tenant, until the transaction ends; before any
   * version is locked. Not by a row, since whoever erases must not wait for what else consolidation
   * does.
   */
  void lock() throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))")) {
      statement.setString(1, "entities of " + tenant.value());
      statement.executeQuery().close();
    }
  }

  /** Puts the names of versions in place of what was known of them; returns how many links. */
  int put(List<Named> found, IdSource ids, Instant now) throws SQLException {
    lock();
    Map<VersionId, Derivation.State> there =
        new SourceTable(connection, tenant).lock(found.stream().map(Named::version).toList());
    List<Named> named = found.stream().filter(one -> isThere(there.get(one.version()))).toList();
    Set<String> touched = clear(named);
    Map<IdentityKey, String> entities = find(named, ids, now);
    touched.addAll(entities.values());
    int links = insert(named, entities);
    new EntityMerges(connection, tenant, now).settle(touched);
    return links;
  }

  private static boolean isThere(Derivation.@Nullable State state) {
    return state != null && state.revoked() == null;
  }

  private Set<String> clear(List<Named> named) throws SQLException {
    List<VersionId> versions = named.stream().map(Named::version).toList();
    Set<String> touched = new TreeSet<>();
    for (String table : List.of("entity_alias", "entity_mention")) {
      try (PreparedStatement statement =
          connection.prepareStatement(
              """
              DELETE FROM %s
              WHERE tenant_id = ? AND (memory_id, version) IN (SELECT * FROM unnest(?, ?))
              RETURNING entity_id
              """
                  .formatted(table))) {
        new SqlArrays(connection, statement)
            .value(tenant.value())
            .texts(versions, VersionId::id)
            .numbers(versions, version -> (long) version.version());
        touched.addAll(SqlArrays.texts(statement));
      }
    }
    return touched;
  }

  private Map<IdentityKey, String> find(List<Named> named, IdSource ids, Instant now)
      throws SQLException {
    Map<IdentityKey, EntityName> names = new LinkedHashMap<>();
    for (Named one : named) {
      for (Mention mention : one.mentions()) {
        names.putIfAbsent(key(ScopeColumns.of(one.scope()), mention.name()), mention.name());
      }
    }
    return find(names, ids, now);
  }

  static IdentityKey key(ScopeColumns scope, EntityName name) {
    return new IdentityKey(scope, ContentHash.of(name.key()));
  }

  /** A row that is written where there is none of its key. */
  private record Row(IdentityKey key, EntityName name, String id) {}

  /** The entities of these names, which are made where they are not there. */
  Map<IdentityKey, String> find(Map<IdentityKey, EntityName> names, IdSource ids, Instant now)
      throws SQLException {
    List<Row> rows = new ArrayList<>();
    names.forEach((key, name) -> rows.add(new Row(key, name, ids.next(EntityId.PREFIX))));
    rows.sort(Comparator.comparing(row -> row.key.sha256()));
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO entity
              (tenant_id, entity_id, scope_user, scope_agent, scope_project, name, name_key,
               name_sha256, first_key, kind, is_sure, canonical_id, learned_at)
            SELECT ?, n.id, n.u, n.a, n.p, n.name, n.key, decode(n.sha, 'hex'), n.first, 'unknown',
                   false, n.id, CAST(? AS timestamptz)
            FROM unnest(?, ?, ?, ?, ?, ?, ?, ?) AS n (id, u, a, p, name, key, sha, first)
            ON CONFLICT (tenant_id, scope_user, scope_agent, scope_project, name_sha256)
              DO UPDATE SET kind = entity.kind
            RETURNING entity_id, scope_user, scope_agent, scope_project,
                      encode(name_sha256, 'hex')
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .value(now.toString())
          .texts(rows, Row::id)
          .texts(rows, row -> row.key.scope().user())
          .texts(rows, row -> row.key.scope().agent())
          .texts(rows, row -> row.key.scope().project())
          .texts(rows, row -> row.name.text())
          .texts(rows, row -> row.name.key())
          .texts(rows, row -> row.key.sha256())
          .texts(rows, row -> row.name.first());
      Map<IdentityKey, String> found = new LinkedHashMap<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          ScopeColumns scope =
              new ScopeColumns(row.getString(2), row.getString(3), row.getString(4));
          found.put(new IdentityKey(scope, row.getString(5)), row.getString(1));
        }
      }
      return found;
    }
  }

  private int insert(List<Named> named, Map<IdentityKey, String> entities) throws SQLException {
    List<Link> links = new ArrayList<>();
    List<Statement> statements = new ArrayList<>();
    for (Named one : named) {
      ScopeColumns scope = ScopeColumns.of(one.scope());
      for (Mention mention : one.mentions()) {
        links.add(new Link(one.version(), scope, id(entities, scope, mention.name()), mention));
      }
      for (Named.Alias said : one.aliases()) {
        String of = id(entities, scope, said.of());
        String alias = id(entities, scope, said.alias());
        if (!of.equals(alias)) {
          statements.add(new Statement(one.version(), scope, of, alias, said));
        }
      }
    }
    insertStatements(statements);
    return insertLinks(links);
  }

  private static String id(Map<IdentityKey, String> entities, ScopeColumns scope, EntityName name) {
    String id = entities.get(key(scope, name));
    if (id == null) {
      throw new IllegalArgumentException("an alias is none of the names that stand in the words");
    }
    return id;
  }

  private int insertLinks(List<Link> links) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO entity_mention
              (tenant_id, memory_id, version, entity_id, scope_user, scope_agent, scope_project,
               field, span_start, span_end, kind, is_sure)
            SELECT ?, n.id, n.version, n.entity, n.u, n.a, n.p, n.field, n.span_start, n.span_end, n.kind,
                   CAST(n.sure AS boolean)
            FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
              AS n (id, version, entity, u, a, p, field, span_start, span_end, kind, sure)
            ON CONFLICT (tenant_id, memory_id, version, entity_id) DO NOTHING
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .texts(links, link -> link.version.id())
          .numbers(links, link -> (long) link.version.version())
          .texts(links, Link::entity)
          .texts(links, link -> link.scope.user())
          .texts(links, link -> link.scope.agent())
          .texts(links, link -> link.scope.project())
          .texts(links, link -> VersionRow.word(link.mention.field()))
          .numbers(links, link -> (long) link.mention.span().start())
          .numbers(links, link -> (long) link.mention.span().end())
          .texts(links, link -> VersionRow.word(link.mention.kind()))
          .texts(links, link -> link.mention.isSure());
      return statement.executeUpdate();
    }
  }

  private void insertStatements(List<Statement> said) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO entity_alias
              (tenant_id, memory_id, version, entity_id, alias_id, scope_user, scope_agent,
               scope_project, span_start, span_end)
            SELECT ?, n.id, n.version, n.entity, n.alias, n.u, n.a, n.p, n.span_start, n.span_end
            FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?)
              AS n (id, version, entity, alias, u, a, p, span_start, span_end)
            ON CONFLICT (tenant_id, memory_id, version, entity_id, alias_id) DO NOTHING
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .texts(said, one -> one.version.id())
          .numbers(said, one -> (long) one.version.version())
          .texts(said, Statement::entity)
          .texts(said, Statement::alias)
          .texts(said, one -> one.scope.user())
          .texts(said, one -> one.scope.agent())
          .texts(said, one -> one.scope.project())
          .numbers(said, one -> (long) one.said.span().start())
          .numbers(said, one -> (long) one.said.span().end());
      statement.executeUpdate();
    }
  }

  /**
   * Forgets all links of these memories, and the entities that have no other; to be called before
   * the memories are erased, or when they are revoked.
   */
  Erased.Names forget(Collection<MemoryId> memories, Instant now) throws SQLException {
    delete("entity_alias", memories);
    List<String> touched = delete("entity_mention", memories);
    if (touched.isEmpty()) {
      return Erased.Names.NONE;
    }
    lock();
    long gone = new EntityMerges(connection, tenant, now).settle(new TreeSet<>(touched));
    return new Erased.Names(touched.size(), gone);
  }

  private List<String> delete(String table, Collection<MemoryId> memories) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "DELETE FROM "
                + table
                + " WHERE tenant_id = ? AND memory_id = ANY (?)"
                + " RETURNING entity_id")) {
      new SqlArrays(connection, statement).value(tenant.value()).texts(memories, MemoryId::value);
      return SqlArrays.texts(statement);
    }
  }
}
