package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Entity.Reason;
import dev.palimpsest.memory.TenantId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which entities are the same, and which are none any more, within a transaction of the caller's,
 * who holds {@link EntityTable#lock}. An entity is merged into at most one other; where the merges
 * of one lead to stands in its row, so that reading follows none. Whatever a rule merged is parted
 * when the rule no longer says so.
 */
final class EntityMerges {
  private final Connection connection;
  private final TenantId tenant;
  private final Instant now;

  EntityMerges(Connection connection, TenantId tenant, Instant now) {
    this.connection = connection;
    this.tenant = tenant;
    this.now = now;
  }

  /** Names of one scope that begin with the same word. */
  private record Family(ScopeColumns scope, String first) {}

  /**
   * Brings entities whose links have changed into order: those without any go, what is known of the
   * others is what their links say, and the rules are looked at again. Returns how many went.
   */
  long settle(Set<String> touched) throws SQLException {
    if (touched.isEmpty()) {
      return 0;
    }
    List<Family> families = families(touched);
    Set<String> groups = groups(touched);
    Set<String> rest = new TreeSet<>(touched);
    long gone = remove(rest);
    refresh(rest);
    partUnstated(rest);
    List<FirstName> firstNames = firstNames(families);
    for (FirstName one : firstNames) {
      if (one.known != null && !one.isKnownStill) {
        part(one.id, one.known);
      }
    }
    regroup(groups);
    mergeStated(rest);
    for (FirstName one : firstNames) {
      if (one.wanted != null && !one.isKnownStill) {
        merge(one.id, one.wanted, Reason.FIRST_NAME);
      }
    }
    return gone;
  }

  private List<Family> families(Collection<String> entities) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT DISTINCT scope_user, scope_agent, scope_project, first_key
            FROM entity
            WHERE tenant_id = ? AND entity_id = ANY (?)
            """)) {
      bind(statement, entities);
      List<Family> families = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          families.add(
              new Family(
                  new ScopeColumns(row.getString(1), row.getString(2), row.getString(3)),
                  row.getString(4)));
        }
      }
      return families;
    }
  }

  private Set<String> groups(Collection<String> entities) throws SQLException {
    return ids(
        """
        SELECT DISTINCT canonical_id
        FROM entity
        WHERE tenant_id = ? AND entity_id = ANY (?)
        """,
        entities);
  }

  /**
   * Removes those that nothing names and nobody declared, and then the declared aliases of these;
   * what is left of the set is there still, with all that was merged into what went.
   */
  private long remove(Set<String> entities) throws SQLException {
    long gone = 0;
    Set<String> doomed = unnamed(entities);
    while (!doomed.isEmpty()) {
      Set<String> parted =
          ids(
              """
              DELETE FROM entity_merge
              WHERE tenant_id = ? AND into_id = ANY (?)
              RETURNING entity_id
              """,
              doomed);
      ids(
          """
          DELETE FROM entity_merge
          WHERE tenant_id = ? AND entity_id = ANY (?)
          RETURNING entity_id
          """,
          doomed);
      gone +=
          ids(
                  """
                  DELETE FROM entity
                  WHERE tenant_id = ? AND entity_id = ANY (?)
                  RETURNING entity_id
                  """,
                  doomed)
              .size();
      parted.removeAll(doomed);
      entities.removeAll(doomed);
      entities.addAll(parted);
      doomed = unnamed(parted);
    }
    return gone;
  }

  private Set<String> unnamed(Collection<String> entities) throws SQLException {
    return ids(
        """
        SELECT e.entity_id
        FROM entity e
        WHERE e.tenant_id = ? AND e.entity_id = ANY (?)
          AND NOT EXISTS (
            SELECT FROM entity_mention m
            WHERE m.tenant_id = e.tenant_id AND m.entity_id = e.entity_id)
          AND NOT EXISTS (
            SELECT FROM entity_merge g
            WHERE g.tenant_id = e.tenant_id AND g.entity_id = e.entity_id
              AND g.reason = 'declared' AND g.declined_at IS NULL)
        """,
        entities);
  }

  private void refresh(Collection<String> entities) throws SQLException {
    ids(
        """
        UPDATE entity e
        SET kind = f.kind, is_sure = f.sure
        FROM (
          SELECT o.tenant_id, o.entity_id,
                 coalesce(
                   (SELECT k.kind
                    FROM unnest(ARRAY['person', 'place', 'thing']) WITH ORDINALITY AS k (kind, place)
                    WHERE EXISTS (
                      SELECT FROM entity_mention m
                      WHERE m.tenant_id = o.tenant_id AND m.entity_id = o.entity_id
                        AND m.is_sure AND m.kind = k.kind)
                    ORDER BY k.place
                    LIMIT 1),
                   'unknown') AS kind,
                 EXISTS (
                   SELECT FROM entity_mention m
                   WHERE m.tenant_id = o.tenant_id AND m.entity_id = o.entity_id AND m.is_sure)
                 OR EXISTS (
                   SELECT FROM entity_merge g
                   WHERE g.tenant_id = o.tenant_id AND g.entity_id = o.entity_id
                     AND g.reason = 'declared' AND g.declined_at IS NULL) AS sure
          FROM entity o
          WHERE o.tenant_id = ? AND o.entity_id = ANY (?)) f
        WHERE e.tenant_id = f.tenant_id AND e.entity_id = f.entity_id
          AND (e.kind, e.is_sure) IS DISTINCT FROM (f.kind, f.sure)
        RETURNING e.entity_id
        """,
        entities);
  }

  private void partUnstated(Collection<String> entities) throws SQLException {
    ids(
        """
        DELETE FROM entity_merge g
        WHERE g.tenant_id = ? AND g.entity_id = ANY (?) AND g.reason = 'stated'
          AND g.declined_at IS NULL
          AND NOT EXISTS (
            SELECT FROM entity_alias a
            WHERE a.tenant_id = g.tenant_id AND a.alias_id = g.entity_id
              AND a.entity_id = g.into_id)
        RETURNING g.entity_id
        """,
        entities);
  }

  private void mergeStated(Collection<String> entities) throws SQLException {
    List<String[]> pairs = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT DISTINCT a.alias_id, a.entity_id
            FROM entity_alias a
            WHERE a.tenant_id = ? AND a.alias_id = ANY (?)
              AND NOT EXISTS (
                SELECT FROM entity_merge g
                WHERE g.tenant_id = a.tenant_id AND g.entity_id = a.alias_id
                  AND g.into_id = a.entity_id)
            ORDER BY a.alias_id, a.entity_id
            """)) {
      bind(statement, entities);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          pairs.add(new String[] {row.getString(1), row.getString(2)});
        }
      }
    }
    for (String[] pair : pairs) {
      merge(pair[0], pair[1], Reason.STATED);
    }
  }

  /**
   * A name of one word, with what the rule says of it.
   *
   * @param wanted whom it is to be merged into; null: nobody
   * @param known whom the rule has merged it into; null: nobody
   * @param isKnownStill whether the rule says that still
   */
  private record FirstName(
      String id, @Nullable String wanted, @Nullable String known, boolean isKnownStill) {}

  /**
   * Longer names that are the same one already count once. One of both names must be known to be a
   * person's and none to be anything else: Oslo is not short for a fjord. What words say of a name
   * comes before the rule.
   */
  private List<FirstName> firstNames(List<Family> families) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT n.entity_id,
                   CASE WHEN count(DISTINCT f.canonical_id) = 1
                          AND n.kind IN ('person', 'unknown')
                          AND bool_and(f.kind IN ('person', 'unknown'))
                          AND (n.kind = 'person' OR bool_or(f.kind = 'person'))
                          AND NOT EXISTS (
                            SELECT FROM entity_alias a
                            WHERE a.tenant_id = n.tenant_id AND a.alias_id = n.entity_id)
                        THEN min(f.entity_id) END AS wanted,
                   g.into_id, coalesce(bool_or(f.entity_id = g.into_id), false)
            FROM unnest(?, ?, ?, ?, ?) AS w (u, a, p, first, sha)
            JOIN entity n
              ON n.tenant_id = ? AND n.scope_user = w.u AND n.scope_agent = w.a
             AND n.scope_project = w.p AND n.name_sha256 = decode(w.sha, 'hex')
            LEFT JOIN entity f
              ON f.tenant_id = n.tenant_id AND f.first_key = w.first AND f.scope_user = w.u
             AND f.scope_agent = w.a AND f.scope_project = w.p AND f.entity_id <> n.entity_id
             AND f.is_sure
            LEFT JOIN entity_merge g
              ON g.tenant_id = n.tenant_id AND g.entity_id = n.entity_id
             AND g.reason = 'first_name' AND g.declined_at IS NULL
            GROUP BY n.tenant_id, n.entity_id, g.into_id
            ORDER BY n.entity_id
            """)) {
      new SqlArrays(connection, statement)
          .texts(families, family -> family.scope.user())
          .texts(families, family -> family.scope.agent())
          .texts(families, family -> family.scope.project())
          .texts(families, Family::first)
          .texts(families, family -> ContentHash.of(family.first))
          .value(tenant.value());
      List<FirstName> names = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          String wanted = row.getString(2);
          names.add(
              new FirstName(
                  row.getString(1), wanted, row.getString(3), wanted != null && row.getBoolean(4)));
        }
      }
      return names;
    }
  }

  /**
   * Merges by a rule: nothing where the entity stands for another one already, both are the same,
   * or somebody undid that.
   */
  void merge(String entity, String into, Reason rule) throws SQLException {
    int merged;
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO entity_merge
              (tenant_id, entity_id, into_id, scope_user, scope_agent, scope_project, reason,
               merged_at)
            SELECT e.tenant_id, e.entity_id, i.entity_id, e.scope_user, e.scope_agent,
                   e.scope_project, ?, CAST(? AS timestamptz)
            FROM entity e
            JOIN entity i ON i.tenant_id = e.tenant_id AND i.entity_id = ?
            WHERE e.tenant_id = ? AND e.entity_id = ? AND e.canonical_id = e.entity_id
              AND i.canonical_id <> e.entity_id
              AND NOT EXISTS (
                SELECT FROM entity_merge d
                JOIN entity a ON a.tenant_id = d.tenant_id AND a.entity_id = d.entity_id
                JOIN entity b ON b.tenant_id = d.tenant_id AND b.entity_id = d.into_id
                WHERE d.tenant_id = e.tenant_id AND d.declined_at IS NOT NULL
                  AND ((d.entity_id = e.entity_id AND b.canonical_id = i.canonical_id)
                    OR (d.into_id = e.entity_id AND a.canonical_id = i.canonical_id)))
            ON CONFLICT (tenant_id, entity_id, into_id) DO NOTHING
            """)) {
      new SqlArrays(connection, statement)
          .value(VersionRow.word(rule))
          .value(now.toString())
          .value(into)
          .value(tenant.value())
          .value(entity);
      merged = statement.executeUpdate();
    }
    if (merged > 0) {
      regroup(Set.of(entity));
    }
  }

  /** Merges because somebody wants it, whatever was undone before. Both stand for themselves. */
  void mergeFor(String entity, String into, Reason wish) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO entity_merge
              (tenant_id, entity_id, into_id, scope_user, scope_agent, scope_project, reason,
               merged_at)
            SELECT tenant_id, entity_id, ?, scope_user, scope_agent, scope_project, ?,
                   CAST(? AS timestamptz)
            FROM entity
            WHERE tenant_id = ? AND entity_id = ?
            ON CONFLICT (tenant_id, entity_id, into_id)
              DO UPDATE SET reason = excluded.reason, merged_at = excluded.merged_at,
                            declined_at = NULL
            """)) {
      new SqlArrays(connection, statement)
          .value(into)
          .value(VersionRow.word(wish))
          .value(now.toString())
          .value(tenant.value())
          .value(entity);
      statement.executeUpdate();
    }
    regroup(Set.of(entity));
  }

  /** Nobody wants that an entity stands for another one; false when it does not. */
  boolean decline(String entity) throws SQLException {
    Set<String> group = groups(Set.of(entity));
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            UPDATE entity_merge
            SET declined_at = CAST(? AS timestamptz)
            WHERE tenant_id = ? AND entity_id = ? AND declined_at IS NULL
            """)) {
      new SqlArrays(connection, statement)
          .value(now.toString())
          .value(tenant.value())
          .value(entity);
      if (statement.executeUpdate() == 0) {
        return false;
      }
    }
    regroup(group);
    return true;
  }

  private void part(String entity, String into) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            DELETE FROM entity_merge
            WHERE tenant_id = ? AND entity_id = ? AND into_id = ? AND declined_at IS NULL
            """)) {
      new SqlArrays(connection, statement).value(tenant.value()).value(entity).value(into);
      statement.executeUpdate();
    }
  }

  /** Follows the merges of all that stood for these, each to its end. */
  private void regroup(Collection<String> groups) throws SQLException {
    ids(
        """
        WITH RECURSIVE way (tenant_id, entity_id, at) AS (
          SELECT tenant_id, entity_id, entity_id
          FROM entity
          WHERE tenant_id = ? AND canonical_id = ANY (?)
          UNION
          SELECT w.tenant_id, w.entity_id, g.into_id
          FROM way w
          JOIN entity_merge g
            ON g.tenant_id = w.tenant_id AND g.entity_id = w.at AND g.declined_at IS NULL)
        UPDATE entity e
        SET canonical_id = w.at
        FROM way w
        WHERE e.tenant_id = w.tenant_id AND e.entity_id = w.entity_id AND e.canonical_id <> w.at
          AND NOT EXISTS (
            SELECT FROM entity_merge g
            WHERE g.tenant_id = w.tenant_id AND g.entity_id = w.at AND g.declined_at IS NULL)
        RETURNING e.entity_id
        """,
        groups);
  }

  private Set<String> ids(String sql, Collection<String> entities) throws SQLException {
    if (entities.isEmpty()) {
      return new TreeSet<>();
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, entities);
      return new TreeSet<>(SqlArrays.texts(statement));
    }
  }

  private void bind(PreparedStatement statement, Collection<String> entities) throws SQLException {
    new SqlArrays(connection, statement).value(tenant.value()).texts(entities, id -> id);
  }
}
