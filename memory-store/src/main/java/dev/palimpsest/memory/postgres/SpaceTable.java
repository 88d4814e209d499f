package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.TenantId;
import java.util.List;
import org.hibernate.StatelessSession;

/** The rows of {@code embedding_space} and their locks, within transactions of the callers'. */
final class SpaceTable {
  private SpaceTable() {}

  /** The tenant's, the oldest first. */
  static List<SpaceRow> rows(StatelessSession session, TenantId tenant) {
    return session
        .createSelectionQuery(
            "from SpaceRow where tenantId = :tenant order by createdAt, spaceId", SpaceRow.class)
        .setParameter("tenant", tenant.value())
        .getResultList();
  }

  /**
   * The same, with every row locked. They are read after that: who made another one meanwhile held
   * the same locks.
   */
  static List<SpaceRow> locked(StatelessSession session, TenantId tenant) {
    List<String> held =
        session
            .createNativeQuery(
                """
                SELECT space_id
                FROM embedding_space
                WHERE tenant_id = :tenant
                ORDER BY space_id
                FOR UPDATE
                """,
                String.class)
            .setParameter("tenant", tenant.value())
            .getResultList();
    List<SpaceRow> rows = rows(session, tenant);
    assert rows.size() >= held.size();
    return rows;
  }

  /**
   * Keeps a space from being dropped until the transaction ends; false where it is dropped. A
   * tenant without rows keeps vectors in any space: in no other than the standard one, in service.
   */
  static boolean holdLive(StatelessSession session, TenantId tenant, EmbeddingSpace space) {
    boolean isHeld =
        !session
            .createNativeQuery(
                """
                SELECT space_id
                FROM embedding_space
                WHERE tenant_id = :tenant AND space_id = :space AND dimensions = :dimensions
                  AND dropped_at IS NULL
                FOR SHARE
                """,
                String.class)
            .setParameter("tenant", tenant.value())
            .setParameter("space", space.id())
            .setParameter("dimensions", space.dimensions())
            .getResultList()
            .isEmpty();
    return isHeld || rows(session, tenant).isEmpty();
  }
}
