package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.Consolidation.Linking;
import dev.palimpsest.memory.Consolidation.Similar;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryVectors.Near;
import dev.palimpsest.memory.TenantId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/**
 * Links between memories that say nearly the same, within a transaction of the caller's. A pair
 * stands once, the smaller id first.
 */
final class SimilarTable {
  /** What the index {@code memory_version_same_text} is of. */
  private static final String SAME = "md5(lower(btrim(regexp_replace(%s, '\\s+', ' ', 'g'))))";

  private final StatelessSession session;
  private final TenantId tenant;
  private final NearestSearch search;

  SimilarTable(StatelessSession session, TenantId tenant, NearestSearch search) {
    this.session = session;
    this.tenant = tenant;
    this.search = search;
  }

  /** Another memory that says nearly the same as one; {@code cosine} null: of its words. */
  private record Link(MemoryId other, int version, @Nullable Double cosine, boolean isSameText) {}

  /** A link with both its ends, the smaller id first. */
  private record Pair(Near first, Near second, Link link, Memory of) {
    static Pair of(Memory memory, Link link) {
      Near one = new Near(memory.id(), memory.version(), 0);
      Near other = new Near(link.other, link.version, 0);
      return memory.id().value().compareTo(link.other.value()) < 0
          ? new Pair(one, other, link, memory)
          : new Pair(other, one, link, memory);
    }
  }

  /** Puts what is found in place of what was known; returns how many links were written. */
  int link(Linking linking) {
    List<MemoryId> touched = new ArrayList<>(linking.gone());
    List<Pair> pairs = new ArrayList<>();
    for (Memory memory : linking.memories()) {
      touched.add(memory.id());
      links(memory, linking).forEach(link -> pairs.add(Pair.of(memory, link)));
    }
    return session.doReturningWork(connection -> {
      forget(connection, tenant, touched);
      return pairs.isEmpty() ? 0 : insert(connection, pairs);
    });
  }

  /** The words first, since they are the stronger case; at most as many as are kept. */
  private List<Link> links(Memory memory, Linking linking) {
    Map<MemoryId, Link> found = new LinkedHashMap<>();
    List<Object[]> same = new ArrayList<>(sameText(memory, "<", "DESC"));
    same.addAll(sameText(memory, ">", "ASC"));
    for (Object[] row : same) {
      Link link = new Link(new MemoryId((String) row[0]), ((Number) row[1]).intValue(), null, true);
      found.put(link.other, link);
    }
    EmbeddingSpace space = linking.space();
    if (space != null) {
      for (Near near : near(memory, space)) {
        Link known = found.get(near.id());
        if (known != null) {
          found.put(near.id(), new Link(near.id(), near.version(), near.cosine(), true));
        } else if (near.cosine() >= linking.cosineMin()) {
          found.put(near.id(), new Link(near.id(), near.version(), near.cosine(), false));
        }
      }
    }
    return found.values().stream().limit(Consolidation.LINKS_MAX).toList();
  }

  /** On one side of it by id, the next ones: so that of very many none is linked to all. */
  private List<Object[]> sameText(Memory memory, String side, String order) {
    FilterSql filter = FilterSql.linked(tenant, memory.scope());
    return filter
        .bind(
            session.createNativeQuery(
                """
                SELECT v.memory_id, v.version
                FROM memory_version v
                WHERE %s AND %s = %s AND v.memory_id %s :self
                ORDER BY v.memory_id %s
                """
                    .formatted(
                        filter.conditions(),
                        SAME.formatted("v.text"),
                        SAME.formatted("CAST(:text AS text)"),
                        side,
                        order),
                Object[].class))
        .setParameter("text", memory.text())
        .setParameter("self", memory.id().value())
        .setMaxResults(Consolidation.LINKS_MAX / 2)
        .getResultList();
  }

  /** Texts of several parts are compared by their words alone: one part alike is not the whole. */
  private List<Near> near(Memory memory, EmbeddingSpace space) {
    List<String> parts =
        session
            .createNativeQuery(
                """
                SELECT CAST(embedding AS text)
                FROM memory_vector
                WHERE tenant_id = :tenant AND memory_id = :id AND version = :version
                  AND space_id = :space AND dimensions = :dimensions
                """,
                String.class)
            .setParameter("tenant", tenant.value())
            .setParameter("id", memory.id().value())
            .setParameter("version", memory.version())
            .setParameter("space", space.id())
            .setParameter("dimensions", space.dimensions())
            .setMaxResults(2)
            .getResultList();
    if (parts.size() != 1) {
      return List.of();
    }
    FilterSql filter = FilterSql.linked(tenant, memory.scope());
    List<Near> found =
        search.nearby(
            session,
            new NearestSearch.Wanted(
                tenant, space, parts.getFirst(), filter, Consolidation.LINKS_MAX + 1));
    Set<String> cut = severalParts(space, found);
    return found.stream()
        .filter(near -> !near.id().equals(memory.id()) && !cut.contains(near.id().value()))
        .toList();
  }

  private Set<String> severalParts(EmbeddingSpace space, List<Near> found) {
    return new HashSet<>(
        session
            .createNativeQuery(
                """
                SELECT memory_id
                FROM memory_vector
                WHERE tenant_id = :tenant AND memory_id = ANY (:ids) AND space_id = :space
                  AND part = 1
                """,
                String.class)
            .setParameter("tenant", tenant.value())
            .setParameter(
                "ids", found.stream().map(near -> near.id().value()).toArray(String[]::new))
            .setParameter("space", space.id())
            .getResultList());
  }

  /** Forgets all links of these memories. */
  static void forget(Connection connection, TenantId tenant, Collection<MemoryId> memories)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            DELETE FROM near_duplicate
            WHERE tenant_id = ? AND (memory_id = ANY (?) OR other_id = ANY (?))
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .texts(memories, MemoryId::value)
          .texts(memories, MemoryId::value);
      statement.executeUpdate();
    }
  }

  /**
   * Both ends are locked against being erased, and a pair of which one was erased meanwhile does
   * not come, so the foreign keys always find their rows.
   */
  private int insert(Connection connection, List<Pair> pairs) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            WITH kept AS (
              SELECT n.id, n.version, n.other, n.other_version, n.cosine, n.same, n.change,
                     a.scope_user, a.scope_agent, a.scope_project
              FROM unnest(?, ?, ?, ?, ?, ?, ?)
                AS n (id, version, other, other_version, cosine, same, change)
              JOIN memory_version a
                ON a.tenant_id = ? AND a.memory_id = n.id AND a.version = n.version
              JOIN memory_version b
                ON b.tenant_id = a.tenant_id AND b.memory_id = n.other
               AND b.version = n.other_version
              ORDER BY n.id, n.other
              FOR KEY SHARE OF a, b)
            INSERT INTO near_duplicate
              (tenant_id, memory_id, version, other_id, other_version, scope_user, scope_agent,
               scope_project, cosine, is_same_text, change_number)
            SELECT ?, id, version, other, other_version, scope_user, scope_agent, scope_project,
                   CAST(cosine AS double precision), CAST(same AS boolean), change
            FROM kept
            ON CONFLICT (tenant_id, memory_id, other_id) DO NOTHING
            """)) {
      new SqlArrays(connection, statement)
          .texts(pairs, pair -> pair.first.id())
          .numbers(pairs, pair -> (long) pair.first.version())
          .texts(pairs, pair -> pair.second.id())
          .numbers(pairs, pair -> (long) pair.second.version())
          .texts(pairs, pair -> pair.link.cosine)
          .texts(pairs, pair -> pair.link.isSameText)
          .numbers(pairs, pair -> pair.of.change())
          .value(tenant.value())
          .value(tenant.value());
      return statement.executeUpdate();
    }
  }

  /** What is linked to a memory, both in their newest versions. */
  List<Similar> similar(MemoryId id) {
    List<Link> links = session.doReturningWork(connection -> read(connection, id));
    Map<MemoryId, Memory> others =
        MemoryReader.newestOf(session, tenant, links.stream().map(Link::other).toList()).stream()
            .filter(memory -> !memory.isRevoked())
            .collect(Collectors.toMap(Memory::id, memory -> memory));
    return links.stream()
        .filter(link -> isNewest(others.get(link.other), link))
        .map(link ->
            new Similar(
                Objects.requireNonNull(others.get(link.other)), link.cosine, link.isSameText))
        .sorted(
            Comparator.comparing((Similar one) -> !one.isSameText())
                .thenComparing(one -> one.cosine() == null ? -1.0 : -one.cosine())
                .thenComparing(one -> one.memory().id().value()))
        .limit(Consolidation.LINKS_MAX)
        .toList();
  }

  private static boolean isNewest(@Nullable Memory other, Link link) {
    return other != null && other.version() == link.version;
  }

  private List<Link> read(Connection connection, MemoryId id) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT l.other, l.other_version, l.cosine, l.is_same_text
            FROM (SELECT memory_id AS id, version, other_id AS other, other_version, cosine,
                         is_same_text
                  FROM near_duplicate
                  WHERE tenant_id = ? AND memory_id = ?
                  UNION ALL
                  SELECT other_id, other_version, memory_id, version, cosine, is_same_text
                  FROM near_duplicate
                  WHERE tenant_id = ? AND other_id = ?) AS l
            JOIN memory_version v
              ON v.tenant_id = ? AND v.memory_id = l.id AND v.version = l.version
             AND v.superseded_at IS NULL AND v.revoked_at IS NULL
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .value(id.value())
          .value(tenant.value())
          .value(id.value())
          .value(tenant.value());
      List<Link> links = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          links.add(
              new Link(
                  new MemoryId(row.getString(1)),
                  row.getInt(2),
                  row.getObject(3, Double.class),
                  row.getBoolean(4)));
        }
      }
      return links;
    }
  }
}
