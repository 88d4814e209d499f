package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Change;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.TenantId;
import java.time.Instant;
import java.util.List;
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
