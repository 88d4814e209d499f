package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryVectors.Near;
import dev.palimpsest.memory.TenantId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.StatelessSession;

/**
 * Finds the nearest vectors. Few of them are all compared, which is exact and takes milliseconds;
 * few are also those of a scope among many others. Of many, the graph gives the nearest in order;
 * it looks on until enough pass the filter (an iterative scan) or it has looked at {@code
 * hnsw.max_scan_tuples}, and where that was not enough all are compared after all. The question's
 * vector is a query of its own, so that its text is read once: a plan that is kept would read it
 * again for every row, which takes longer than to compare.
 */
final class NearestSearch {
  /** Up to how many vectors of a tenant's scope in a space all are compared. */
  static final int EXACT_VECTORS_MAX = 20_000;

  /** The dimensions that {@code memory_vector} has a graph for. */
  private static final Set<Integer> INDEXED_DIMENSIONS = Set.of(384, 768, 1024);

  /** What pgvector's candidate list holds at least and at most. */
  private static final int CANDIDATES_MIN = 100;

  private static final int CANDIDATES_MAX = 1000;

  private final int exactVectorsMax;

  NearestSearch(int exactVectorsMax) {
    this.exactVectorsMax = exactVectorsMax;
  }

  /** What is looked for; {@code vector} as pgvector writes one. */
  record Wanted(
      TenantId tenant, EmbeddingSpace space, String vector, FilterSql filter, int limit) {}

  List<Near> nearest(StatelessSession session, Wanted wanted) {
    if (!INDEXED_DIMENSIONS.contains(wanted.space.dimensions()) || isSmall(session, wanted)) {
      return exact(session, wanted);
    }
    List<Near> found = byGraph(session, wanted);
    return found.size() < wanted.limit ? exact(session, wanted) : found;
  }

  /**
   * The same with bounded work: of many vectors the graph is asked once, and where the filter
   * admits few of what it looked at, fewer come than there are.
   */
  List<Near> nearby(StatelessSession session, Wanted wanted) {
    if (isSmall(session, wanted)) {
      return exact(session, wanted);
    }
    if (!INDEXED_DIMENSIONS.contains(wanted.space.dimensions())) {
      return List.of();
    }
    configure(session, wanted.limit);
    return once(rows(session, wanted, GRAPH, wanted.limit), wanted.limit);
  }

  private boolean isSmall(StatelessSession session, Wanted wanted) {
    long vectors =
        wanted
            .filter
            .bindScope(
                session.createNativeQuery(
                    """
                    SELECT count(*)
                    FROM (SELECT FROM memory_vector x
                          WHERE x.tenant_id = :tenant AND x.space_id = :space %s
                          LIMIT :most) AS few
                    """
                        .formatted(wanted.filter.conditionsOnVectors()),
                    Long.class))
            .setParameter("space", wanted.space.id())
            .setParameter("most", exactVectorsMax + 1)
            .getSingleResult();
    return vectors <= exactVectorsMax;
  }

  private static List<Near> exact(StatelessSession session, Wanted wanted) {
    return rows(
        session,
        wanted,
        """
        SELECT x.memory_id, x.version,
               min(x.embedding <=> (SELECT CAST(:vector AS halfvec))) AS distance
        FROM memory_vector x
        JOIN memory_version v
          ON v.tenant_id = x.tenant_id AND v.memory_id = x.memory_id AND v.version = x.version
        WHERE x.tenant_id = :tenant AND x.space_id = :space AND x.dimensions = %1$d AND %2$s %3$s
        GROUP BY x.memory_id, x.version
        ORDER BY distance, x.memory_id
        """,
        wanted.limit);
  }

  /** A memory comes once for each of its parts, so more rows are asked for until it is enough. */
  private static List<Near> byGraph(StatelessSession session, Wanted wanted) {
    int rowsMax = wanted.limit;
    while (true) {
      configure(session, rowsMax);
      List<Near> rows = rows(session, wanted, GRAPH, rowsMax);
      List<Near> found = once(rows, wanted.limit);
      if (found.size() == wanted.limit || rows.size() < rowsMax) {
        return found;
      }
      rowsMax *= 2;
    }
  }

  /** The index serves only what is written as it is: the same cast, the dimensions a constant. */
  private static final String GRAPH =
      """
      SELECT x.memory_id, x.version,
             CAST(x.embedding AS halfvec(%1$d)) <=> (SELECT CAST(:vector AS halfvec(%1$d)))
               AS distance
      FROM memory_vector x
      JOIN memory_version v
        ON v.tenant_id = x.tenant_id AND v.memory_id = x.memory_id AND v.version = x.version
      WHERE x.tenant_id = :tenant AND x.space_id = :space AND x.dimensions = %1$d AND %2$s
      ORDER BY distance
      """;

  private static void configure(StatelessSession session, int rows) {
    int candidates = Math.clamp(2L * rows, CANDIDATES_MIN, CANDIDATES_MAX);
    session
        .createNativeQuery(
            """
            SELECT set_config('hnsw.iterative_scan', 'strict_order', true)
                || set_config('hnsw.ef_search', :candidates, true)
            """,
            String.class)
        .setParameter("candidates", Integer.toString(candidates))
        .getSingleResult();
  }

  private static List<Near> rows(StatelessSession session, Wanted wanted, String sql, int rowsMax) {
    String filled =
        sql.formatted(
            wanted.space.dimensions(),
            wanted.filter.conditions(),
            wanted.filter.conditionsOnVectors());
    return wanted
        .filter
        .bind(session.createNativeQuery(filled, Object[].class))
        .setParameter("space", wanted.space.id())
        .setParameter("vector", wanted.vector)
        .setMaxResults(rowsMax)
        .getResultList()
        .stream()
        .map(NearestSearch::near)
        .toList();
  }

  private static Near near(Object[] row) {
    return new Near(
        new MemoryId((String) row[0]),
        ((Number) row[1]).intValue(),
        1 - ((Number) row[2]).doubleValue());
  }

  private static List<Near> once(List<Near> rows, int limit) {
    Set<MemoryId> seen = new HashSet<>();
    List<Near> found = new ArrayList<>();
    for (Near row : rows) {
      if (found.size() < limit && seen.add(row.id())) {
        found.add(row);
      }
    }
    return found;
  }
}
