package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Entities;
import dev.palimpsest.memory.Entities.Filter;
import dev.palimpsest.memory.Entities.Link;
import dev.palimpsest.memory.Entity;
import dev.palimpsest.memory.EntityId;
import dev.palimpsest.memory.EntityKind;
import dev.palimpsest.memory.EntityName;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Mention;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads entities, within a transaction of the caller's. */
final class EntityReader {
  private static final String COLUMNS =
      """
      SELECT e.entity_id, e.name, e.canonical_id, e.learned_at, e.scope_user, e.scope_agent,
             e.scope_project, %s
      FROM entity e
      """;

  /** The strongest of all its names. */
  private static final String KIND =
      """
      (SELECT a.kind
       FROM entity a
       WHERE a.tenant_id = e.tenant_id AND a.canonical_id = e.entity_id
       ORDER BY array_position(ARRAY['person', 'place', 'thing', 'unknown'], a.kind::text)
       LIMIT 1)\
      """;

  private final Connection connection;
  private final TenantId tenant;

  EntityReader(Connection connection, TenantId tenant) {
    this.connection = connection;
    this.tenant = tenant;
  }

  /**
   * Where an entity stands among others.
   *
   * @param canonical whom it stands for; itself where it stands for nobody else
   */
  record Node(ScopeColumns scope, String canonical) {}

  Optional<Node> node(EntityId id) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT scope_user, scope_agent, scope_project, canonical_id
            FROM entity
            WHERE tenant_id = ? AND entity_id = ?
            """)) {
      new SqlArrays(connection, statement).value(tenant.value()).value(id.value());
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(
                new Node(
                    new ScopeColumns(row.getString(1), row.getString(2), row.getString(3)),
                    row.getString(4)))
            : Optional.empty();
      }
    }
  }

  /** How many names an entity has that stands for itself. */
  long names(String canonical) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT count(*) FROM entity WHERE tenant_id = ? AND canonical_id = ?")) {
      new SqlArrays(connection, statement).value(tenant.value()).value(canonical);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /** An entity without what is read for a whole page at once. */
  private record Head(
      EntityId id,
      String name,
      EntityId canonical,
      Instant learnedAt,
      ScopeColumns scope,
      EntityKind kind) {

    static Head of(ResultSet row) throws SQLException {
      return new Head(
          new EntityId(row.getString(1)),
          row.getString(2),
          new EntityId(row.getString(3)),
          row.getObject(4, OffsetDateTime.class).toInstant(),
          new ScopeColumns(row.getString(5), row.getString(6), row.getString(7)),
          EntityKind.valueOf(row.getString(8).toUpperCase(Locale.ROOT)));
    }

    Entity with(List<Entity.Alias> aliases, long memories) {
      EntityId into = canonical.equals(id) ? null : canonical;
      return new Entity(id, name, kind, scope.scope(), learnedAt, into, aliases, memories);
    }
  }

  Optional<Entity> find(EntityId id) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            COLUMNS.formatted("coalesce(" + KIND + ", e.kind)")
                + "WHERE e.tenant_id = ? AND e.entity_id = ?")) {
      new SqlArrays(connection, statement).value(tenant.value()).value(id.value());
      return complete(heads(statement)).stream().findFirst();
    }
  }

  Page<Entity> list(Filter filter, int limit, @Nullable EntityId after) throws SQLException {
    ScopeColumns scope = ScopeColumns.of(filter.scope());
    EntityName name = filter.name();
    EntityKind kind = filter.kind();
    try (PreparedStatement statement =
        connection.prepareStatement(
            COLUMNS.formatted(KIND)
                + """
                WHERE e.tenant_id = ? AND e.entity_id = e.canonical_id
                  AND (? = '' OR e.entity_id < ?)
                  AND (? = '' OR e.scope_user IN ('', ?))
                  AND (? = '' OR e.scope_agent IN ('', ?))
                  AND (? = '' OR e.scope_project IN ('', ?))
                  AND (? = '' OR e.entity_id IN (
                    SELECT a.canonical_id
                    FROM entity a
                    WHERE a.tenant_id = e.tenant_id AND a.first_key = ? AND a.name_key = ?))
                  AND EXISTS (
                    SELECT FROM entity a
                    WHERE a.tenant_id = e.tenant_id AND a.canonical_id = e.entity_id AND a.is_sure)
                  AND (? = '' OR %s = ?)
                ORDER BY e.entity_id DESC
                LIMIT ?
                """
                    .formatted(KIND))) {
      SqlArrays arrays = new SqlArrays(connection, statement).value(tenant.value());
      twice(arrays, after == null ? "" : after.value());
      twice(arrays, scope.user());
      twice(arrays, scope.agent());
      twice(arrays, scope.project());
      arrays.value(name == null ? "" : name.key()).value(name == null ? "" : name.first());
      arrays.value(name == null ? "" : name.key());
      twice(arrays, kind == null ? "" : VersionRow.word(kind));
      arrays.value(limit + 1);
      List<Head> found = heads(statement);
      boolean isMore = found.size() > limit;
      List<Entity> page = complete(isMore ? found.subList(0, limit) : found);
      return new Page<>(page, isMore ? page.getLast().id().value() : null);
    }
  }

  private static void twice(SqlArrays arrays, String value) throws SQLException {
    arrays.value(value).value(value);
  }

  private static List<Head> heads(PreparedStatement statement) throws SQLException {
    List<Head> heads = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        heads.add(Head.of(row));
      }
    }
    return heads;
  }

  private List<Entity> complete(List<Head> heads) throws SQLException {
    List<EntityId> ids = heads.stream().map(Head::id).toList();
    Map<EntityId, List<Entity.Alias>> aliases = aliases(ids);
    Map<EntityId, Long> memories = memories(ids);
    return heads.stream()
        .map(head ->
            head.with(aliases.getOrDefault(head.id, List.of()), memories.getOrDefault(head.id, 0L)))
        .toList();
  }

  /** Of those that say so, the words that were learned first stand for all. */
  private Map<EntityId, List<Entity.Alias>> aliases(Collection<EntityId> ids) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT w.id, a.entity_id, a.name, g.reason, g.merged_at, s.memory_id, s.version,
                   s.span_start, s.span_end
            FROM unnest(?) AS w (id)
            CROSS JOIN LATERAL (
              SELECT *
              FROM entity
              WHERE tenant_id = ? AND canonical_id = w.id AND entity_id <> w.id
              ORDER BY entity_id
              LIMIT ?) a
            JOIN entity_merge g
              ON g.tenant_id = a.tenant_id AND g.entity_id = a.entity_id AND g.declined_at IS NULL
            LEFT JOIN LATERAL (
              SELECT *
              FROM entity_alias
              WHERE tenant_id = a.tenant_id AND entity_id = g.into_id AND alias_id = a.entity_id
                AND g.reason = 'stated'
              ORDER BY memory_id, version
              LIMIT 1) s ON true
            ORDER BY w.id, a.entity_id
            """)) {
      new SqlArrays(connection, statement)
          .texts(ids, EntityId::value)
          .value(tenant.value())
          .value(Entities.ALIASES_MAX);
      Map<EntityId, List<Entity.Alias>> aliases = new HashMap<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          aliases
              .computeIfAbsent(new EntityId(row.getString(1)), id -> new ArrayList<>())
              .add(alias(row));
        }
      }
      return aliases;
    }
  }

  private static Entity.Alias alias(ResultSet row) throws SQLException {
    String memory = row.getString(6);
    return new Entity.Alias(
        new EntityId(row.getString(2)),
        row.getString(3),
        Entity.Reason.valueOf(row.getString(4).toUpperCase(Locale.ROOT)),
        row.getObject(5, OffsetDateTime.class).toInstant(),
        memory == null
            ? null
            : new Entity.Statement(
                new VersionId(new MemoryId(memory), row.getInt(7)),
                new MadeOf.Span(row.getInt(8), row.getInt(9))));
  }

  private Map<EntityId, Long> memories(Collection<EntityId> ids) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT w.id,
                   (SELECT count(*)
                    FROM (SELECT DISTINCT m.memory_id
                          FROM entity a
                          JOIN entity_mention m
                            ON m.tenant_id = a.tenant_id AND m.entity_id = a.entity_id
                          JOIN memory_version v
                            ON v.tenant_id = m.tenant_id AND v.memory_id = m.memory_id
                           AND v.version = m.version AND v.superseded_at IS NULL
                          WHERE a.tenant_id = ? AND a.canonical_id = w.id
                          LIMIT ?) AS found)
            FROM unnest(?) AS w (id)
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .value(Entities.MEMORIES_COUNTED_MAX)
          .texts(ids, EntityId::value);
      Map<EntityId, Long> counts = new HashMap<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          counts.put(new EntityId(row.getString(1)), row.getLong(2));
        }
      }
      return counts;
    }
  }

  /** Memories first, so that all of one come together. */
  Page<Link> links(EntityId id, int limit, @Nullable MemoryId after) throws SQLException {
    List<String> memories = naming(id, limit + 1, after);
    boolean isMore = memories.size() > limit;
    List<String> page = isMore ? memories.subList(0, limit) : memories;
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT m.memory_id, m.version, m.entity_id, m.field, m.span_start, m.span_end,
                   CASE m.field WHEN 'text' THEN v.text ELSE v.speaker END
            FROM entity a
            JOIN entity_mention m ON m.tenant_id = a.tenant_id AND m.entity_id = a.entity_id
            JOIN memory_version v
              ON v.tenant_id = m.tenant_id AND v.memory_id = m.memory_id
             AND v.version = m.version AND v.superseded_at IS NULL
            WHERE a.tenant_id = ? AND m.memory_id = ANY (?)
              AND a.canonical_id = (
                SELECT e.canonical_id FROM entity e WHERE e.tenant_id = ? AND e.entity_id = ?)
            ORDER BY m.memory_id DESC, m.field, m.span_start
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .texts(page, memory -> memory)
          .value(tenant.value())
          .value(id.value());
      List<Link> links = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          links.add(link(row));
        }
      }
      return new Page<>(links, isMore ? page.getLast() : null);
    }
  }

  private List<String> naming(EntityId id, int most, @Nullable MemoryId after) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT DISTINCT m.memory_id
            FROM entity a
            JOIN entity_mention m ON m.tenant_id = a.tenant_id AND m.entity_id = a.entity_id
            JOIN memory_version v
              ON v.tenant_id = m.tenant_id AND v.memory_id = m.memory_id
             AND v.version = m.version AND v.superseded_at IS NULL
            WHERE a.tenant_id = ? AND (? = '' OR m.memory_id < ?)
              AND a.canonical_id = (
                SELECT e.canonical_id FROM entity e WHERE e.tenant_id = ? AND e.entity_id = ?)
            ORDER BY m.memory_id DESC
            LIMIT ?
            """)) {
      SqlArrays arrays = new SqlArrays(connection, statement).value(tenant.value());
      twice(arrays, after == null ? "" : after.value());
      arrays.value(tenant.value()).value(id.value()).value(most);
      return SqlArrays.texts(statement);
    }
  }

  private static Link link(ResultSet row) throws SQLException {
    MadeOf.Span span = new MadeOf.Span(row.getInt(5), row.getInt(6));
    return new Link(
        new VersionId(new MemoryId(row.getString(1)), row.getInt(2)),
        new EntityId(row.getString(3)),
        Mention.Field.valueOf(row.getString(4).toUpperCase(Locale.ROOT)),
        span,
        span.of(row.getString(7)).orElse(""));
  }
}
