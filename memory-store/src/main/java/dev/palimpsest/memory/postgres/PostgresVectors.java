package dev.palimpsest.memory.postgres;

import com.pgvector.PGhalfvec;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TokenVectors;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/**
 * Vectors over their table, as half-precision numbers. Statements that join an array name its ids
 * once more ({@code = ANY}), so that they are looked up in the index however little the server
 * knows of the table: right after an import it expects a single row there.
 */
final class PostgresVectors implements MemoryVectors {
  private final Transactions transactions;
  private final NearestSearch search;

  PostgresVectors(Transactions transactions) {
    this(transactions, NearestSearch.EXACT_VECTORS_MAX);
  }

  /** With another limit up to which a search is exact, for tests. */
  PostgresVectors(Transactions transactions, int exactVectorsMax) {
    this.transactions = transactions;
    search = new NearestSearch(exactVectorsMax);
  }

  @Override
  public long checkpoint(TenantId tenant, EmbeddingSpace space) {
    return transactions.inTenant(
        tenant, "read checkpoint", session -> reached(session, tenant, space));
  }

  private static long reached(StatelessSession session, TenantId tenant, EmbeddingSpace space) {
    return session
        .createNativeQuery(
            """
            SELECT change_number
            FROM embedding_checkpoint
            WHERE tenant_id = :tenant AND space_id = :space AND dimensions = :dimensions
            """,
            Long.class)
        .setParameter("tenant", tenant.value())
        .setParameter("space", space.id())
        .setParameter("dimensions", space.dimensions())
        .uniqueResultOptional()
        .orElse(0L);
  }

  /**
   * Idempotency key: (tenant, space, memory, version). The space's row is taken first, so that it
   * is not dropped meanwhile, then the checkpoint's, so that two followers of a space take turns;
   * it never goes back.
   */
  @Override
  public void put(
      TenantId tenant,
      EmbeddingSpace space,
      List<VersionVectors> vectors,
      long after,
      long checkpoint) {
    vectors.stream().flatMap(v -> v.parts().stream()).forEach(part -> requireOf(space, part));
    List<Part> parts = parts(vectors);
    transactions.inTenant(
        tenant,
        "put vectors",
        session -> {
          boolean isWanted =
              SpaceTable.holdLive(session, tenant, space)
                  && (after == 0 || reached(session, tenant, space) >= after);
          if (isWanted) {
            advance(session, tenant, space, checkpoint);
          }
          if (isWanted && !vectors.isEmpty()) {
            session.doWork(connection -> {
              delete(connection, tenant, space, vectors);
              insert(connection, tenant, space, parts);
            });
          }
          return parts.size();
        });
  }

  @Override
  public List<Near> nearest(
      TenantId tenant, EmbeddingSpace space, Embedding query, MemoryFilter filter, int limit) {
    Page.requireLimit(limit);
    requireOf(space, query);
    FilterSql sql = new FilterSql(tenant, filter);
    NearestSearch.Wanted wanted =
        new NearestSearch.Wanted(tenant, space, literal(query), sql, limit);
    return transactions.inTenant(
        tenant, "find nearest", session -> search.nearest(session, wanted));
  }

  @Override
  public Map<MemoryId, TokenVectors> tokens(
      TenantId tenant, EmbeddingSpace space, Map<MemoryId, Integer> wanted) {
    if (wanted.isEmpty()) {
      return Map.of();
    }
    Page.requireLimit(wanted.size());
    return transactions.inTenant(
        tenant,
        "read tokens",
        session -> session.doReturningWork(connection -> read(connection, tenant, space, wanted)));
  }

  private static Map<MemoryId, TokenVectors> read(
      Connection connection, TenantId tenant, EmbeddingSpace space, Map<MemoryId, Integer> wanted)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT memory_id, version, tokens
            FROM memory_vector
            WHERE tenant_id = ? AND memory_id = ANY (?) AND space_id = ? AND dimensions = ?
              AND tokens IS NOT NULL
            ORDER BY memory_id, part
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .texts(wanted.keySet(), MemoryId::value)
          .value(space.id())
          .value(space.dimensions());
      Map<MemoryId, TokenVectors> found = new HashMap<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          add(rows, space, wanted, found);
        }
      }
      return found;
    }
  }

  /** Of other versions than the wanted one nothing is kept. */
  private static void add(
      ResultSet row,
      EmbeddingSpace space,
      Map<MemoryId, Integer> wanted,
      Map<MemoryId, TokenVectors> found)
      throws SQLException {
    MemoryId id = new MemoryId(row.getString(1));
    if (Objects.requireNonNull(wanted.get(id)) == row.getInt(2)) {
      TokenVectors tokens = TokenVectors.ofBytes(space.dimensions(), row.getBytes(3));
      found.merge(id, tokens, TokenVectors::and);
    }
  }

  private static void advance(
      StatelessSession session, TenantId tenant, EmbeddingSpace space, long checkpoint) {
    session
        .createNativeMutationQuery(
            """
            INSERT INTO embedding_checkpoint (tenant_id, space_id, dimensions, change_number)
            VALUES (:tenant, :space, :dimensions, :checkpoint)
            ON CONFLICT (tenant_id, space_id, dimensions)
              DO UPDATE SET change_number =
                greatest(embedding_checkpoint.change_number, excluded.change_number)
            """)
        .setParameter("tenant", tenant.value())
        .setParameter("space", space.id())
        .setParameter("dimensions", space.dimensions())
        .setParameter("checkpoint", checkpoint)
        .executeUpdate();
  }

  private static void delete(
      Connection connection, TenantId tenant, EmbeddingSpace space, List<VersionVectors> vectors)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            DELETE FROM memory_vector x
            USING unnest(?, ?) AS d (id, version)
            WHERE x.tenant_id = ? AND x.memory_id = d.id AND x.version = d.version
              AND x.space_id = ? AND x.memory_id = ANY (?)
            """)) {
      new SqlArrays(connection, statement)
          .texts(vectors, VersionVectors::id)
          .numbers(vectors, vector -> (long) vector.version())
          .value(tenant.value())
          .value(space.id())
          .texts(vectors, VersionVectors::id);
      statement.executeUpdate();
    }
  }

  /**
   * The versions are locked against being erased and those that were erased or revoked meanwhile do
   * not come, so the foreign key always finds its row.
   */
  private static void insert(
      Connection connection, TenantId tenant, EmbeddingSpace space, List<Part> parts)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            WITH kept AS (
              SELECT v.memory_id, v.version, v.scope_user, v.scope_agent, v.scope_project,
                     n.part, n.embedding, n.tokens
              FROM unnest(?, ?, ?, ?, ?) AS n (id, version, part, embedding, tokens)
              JOIN memory_version v
                ON v.tenant_id = ? AND v.memory_id = n.id AND v.version = n.version
               AND v.revoked_at IS NULL AND v.memory_id = ANY (?)
              ORDER BY v.memory_id, v.version
              FOR KEY SHARE OF v)
            INSERT INTO memory_vector
              (tenant_id, space_id, dimensions, memory_id, version, part, scope_user, scope_agent,
               scope_project, embedding, tokens)
            SELECT ?, ?, ?, memory_id, version, part, scope_user, scope_agent, scope_project,
                   CAST(embedding AS halfvec), tokens
            FROM kept
            """)) {
      new SqlArrays(connection, statement)
          .texts(parts, part -> part.version.id())
          .numbers(parts, part -> (long) part.version.version())
          .numbers(parts, part -> (long) part.number)
          .texts(parts, part -> literal(part.embedding))
          .bytes(parts, Part::packed)
          .value(tenant.value())
          .texts(parts, part -> part.version.id())
          .value(tenant.value())
          .value(space.id())
          .value(space.dimensions());
      statement.executeUpdate();
    }
  }

  private static List<Part> parts(List<VersionVectors> vectors) {
    List<Part> parts = new ArrayList<>();
    for (VersionVectors version : vectors) {
      for (int i = 0; i < version.parts().size(); i++) {
        parts.add(new Part(version, i, version.parts().get(i), version.tokens().get(i)));
      }
    }
    return parts;
  }

  private static String literal(Embedding embedding) {
    return Objects.requireNonNull(new PGhalfvec(embedding.values()).getValue());
  }

  private static void requireOf(EmbeddingSpace space, Embedding embedding) {
    if (embedding.dimensions() != space.dimensions()) {
      throw new IllegalArgumentException(
          space + " does not hold vectors of " + embedding.dimensions());
    }
  }

  private record Part(
      VersionVectors version, int number, Embedding embedding, TokenVectors tokens) {
    byte @Nullable [] packed() {
      return tokens.count() == 0 ? null : tokens.bytes();
    }
  }
}
