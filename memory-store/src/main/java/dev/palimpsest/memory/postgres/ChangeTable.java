package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Change;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.TenantId;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.hibernate.StatelessSession;

/**
 * The order of a tenant's writes. {@link #next} takes the tenant's head row, which stays locked
 * until the transaction ends: it is called last, and only the rows that carry its number are
 * inserted after it. Two transactions therefore never hold numbers at the same time, and a number
 * becomes visible only when all smaller ones are.
 */
final class ChangeTable {
  private final Transactions transactions;

  ChangeTable(Transactions transactions) {
    this.transactions = transactions;
  }

  List<Change> after(TenantId tenant, long after, int limit) {
    Page.requireLimit(limit);
    return transactions.inTenant(
        tenant,
        "read changes",
        session ->
            session
                .createSelectionQuery(
                    "from ChangeRow where tenantId = :tenant and number > :after order by number",
                    ChangeRow.class)
                .setParameter("tenant", tenant.value())
                .setParameter("after", after)
                .setMaxResults(limit)
                .getResultList()
                .stream()
                .map(ChangeRow::change)
                .toList());
  }

  /** Takes the head row; the next change number. */
  static long next(StatelessSession session, TenantId tenant) {
    return session
        .createNativeQuery(
            """
            INSERT INTO tenant_head (tenant_id, change_number)
            VALUES (:tenant, 1)
            ON CONFLICT (tenant_id)
              DO UPDATE SET change_number = tenant_head.change_number + 1
            RETURNING change_number
            """,
            Long.class)
        .setParameter("tenant", tenant.value())
        .getSingleResult();
  }

  /** The newest number; 0 when there is none. */
  static long last(StatelessSession session, TenantId tenant) {
    return session
        .createSelectionQuery(
            "select changeNumber from HeadRow where tenantId = :tenant", Long.class)
        .setParameter("tenant", tenant.value())
        .uniqueResultOptional()
        .orElse(0L);
  }

  /** The newest number of every tenant that has one, in order of name. */
  static SortedMap<TenantId, Long> heads(Transactions transactions) {
    return transactions.withoutTenant(
        "read heads",
        session -> {
          SortedMap<TenantId, Long> heads = new TreeMap<>(Comparator.comparing(TenantId::value));
          for (HeadRow row :
              session.createSelectionQuery("from HeadRow", HeadRow.class).getResultList()) {
            heads.put(new TenantId(row.tenantId), row.changeNumber);
          }
          return heads;
        });
  }

  /**
   * Takes as many numbers at once as memories were erased, and says of each that it was. The scope
   * is left out: it may name a person, and nothing of the memory is to remain.
   */
  static void recordErased(
      StatelessSession session, TenantId tenant, List<MemoryId> erased, Instant at) {
    if (erased.isEmpty()) {
      return;
    }
    session
        .createNativeMutationQuery(
            """
            WITH head AS (
              INSERT INTO tenant_head (tenant_id, change_number)
              VALUES (:tenant, :count)
              ON CONFLICT (tenant_id)
                DO UPDATE SET change_number = tenant_head.change_number + :count
              RETURNING change_number)
            INSERT INTO change (tenant_id, number, kind, subject, recorded_at)
            SELECT :tenant, head.change_number - :count + e.place, 'memory_erased', e.id, :at
            FROM head, unnest(:ids) WITH ORDINALITY AS e (id, place)
            """)
        .setParameter("tenant", tenant.value())
        .setParameter("count", (long) erased.size())
        .setParameter("ids", erased.stream().map(MemoryId::value).toArray(String[]::new))
        .setParameter("at", at)
        .executeUpdate();
  }

  /** Takes the head row and writes down what happened; returns the change number. */
  static long record(
      StatelessSession session,
      TenantId tenant,
      ScopeColumns scope,
      String kind,
      String subject,
      Instant at) {
    long number = next(session, tenant);
    session.insert(new ChangeRow(new Change(tenant, number, kind, subject, at), scope));
    return number;
  }
}
