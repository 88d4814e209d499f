package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.SourceName;
import java.util.List;
import org.hibernate.StatelessSession;
import org.hibernate.query.NativeQuery;

/** What one revocation is to reach next, within a transaction of the caller's. */
final class RevocationQueue {
  /** Memories of which the derived ones are looked for together. */
  private static final int BEHIND_MAX = 200;

  private final StatelessSession session;
  private final RevocationRow row;

  RevocationQueue(StatelessSession session, RevocationRow row) {
    this.session = session;
    this.row = row;
  }

  /** Whether there is nothing that could be looked behind any more. */
  boolean isAtEnd() {
    return row.directAfter == null && row.derivedAfter == row.memories;
  }

  /** The source's own memories that are not revoked, in order of id; moves on behind them. */
  List<String> direct(int most) {
    SourceName source = new SourceName(row.source);
    List<String> found =
        bind(
                session.createNativeQuery(
                    """
                    SELECT DISTINCT v.memory_id
                    FROM memory_version v
                    WHERE v.tenant_id = :tenant AND v.memory_id > :after AND v.revoked_at IS NULL
                      AND (:user = '' OR v.scope_user = :user) AND %s
                    ORDER BY v.memory_id
                    """
                        .formatted(condition(source.sort())),
                    String.class),
                source)
            .setParameter("tenant", row.tenantId)
            .setParameter("after", row.directAfter)
            .setParameter("user", row.scope.user())
            .setMaxResults(most)
            .getResultList();
    row.directAfter = found.size() < most ? null : found.getLast();
    return found;
  }

  /** Conditions on a version {@code v} that is of a source called {@code :source}. */
  static String condition(SourceName.Sort sort) {
    return switch (sort) {
      case MEMORY -> "v.memory_id = :source";
      case SESSION ->
          """
          v.session_name = :source AND left(v.session_name, 64) = left(:source, 64)
          AND v.source = :sessions
          """;
      case IMPORT ->
          """
          v.change_number IN (
            SELECT c.number
            FROM change c
            WHERE c.tenant_id = :tenant AND c.subject = :source AND c.kind = 'memories_added')
          """;
      case NAME -> "v.source = :source";
    };
  }

  /** Binds what {@link #condition} names, but for the tenant. */
  static <T> NativeQuery<T> bind(NativeQuery<T> query, SourceName source) {
    query.setParameter("source", source.text());
    return source.sort() == SourceName.Sort.SESSION
        ? query.setParameter("sessions", Origin.OF_SESSIONS)
        : query;
  }

  /**
   * What was made of the next memories in the queue and is not revoked. Moves on behind those when
   * that is all; else they are looked behind again.
   */
  List<String> derived(int most) {
    long to = Math.min(row.memories, row.derivedAfter + BEHIND_MAX);
    List<String> found =
        session
            .createNativeQuery(
                """
                SELECT DISTINCT s.memory_id
                FROM revocation_memory r
                JOIN memory_source s
                  ON s.tenant_id = r.tenant_id AND s.source_memory_id = r.memory_id
                JOIN memory_version v
                  ON v.tenant_id = s.tenant_id AND v.memory_id = s.memory_id
                 AND v.version = s.version
                WHERE r.tenant_id = :tenant AND r.revocation_id = :id
                  AND r.place > :from AND r.place <= :to AND v.revoked_at IS NULL
                ORDER BY s.memory_id
                """,
                String.class)
            .setParameter("tenant", row.tenantId)
            .setParameter("id", row.revocationId)
            .setParameter("from", row.derivedAfter)
            .setParameter("to", to)
            .setMaxResults(most)
            .getResultList();
    if (found.size() < most) {
      row.derivedAfter = to;
    }
    return found;
  }

  /** Puts these at the end. */
  void add(List<String> marked) {
    if (marked.isEmpty()) {
      return;
    }
    session
        .createNativeMutationQuery(
            """
            INSERT INTO revocation_memory (tenant_id, revocation_id, place, memory_id)
            SELECT :tenant, :id, :memories + m.place, m.id
            FROM unnest(:ids) WITH ORDINALITY AS m (id, place)
            """)
        .setParameter("tenant", row.tenantId)
        .setParameter("id", row.revocationId)
        .setParameter("memories", row.memories)
        .setParameter("ids", marked.toArray(String[]::new))
        .executeUpdate();
    row.memories += marked.size();
  }
}
