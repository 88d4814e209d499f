package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.ChainEntry;
import dev.palimpsest.memory.ChainHead;
import dev.palimpsest.memory.ChainLink;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.TenantId;
import java.util.List;
import java.util.Locale;
import org.hibernate.StatelessSession;

/** Reads the links of a chain; {@link ChangeTable} writes them. */
final class LinkTable {
  private final Transactions transactions;

  LinkTable(Transactions transactions) {
    this.transactions = transactions;
  }

  /** The head row's own link, and the number of the newest one, read together. */
  ChainHead head(TenantId tenant) {
    return transactions.inTenant(
        tenant,
        "read chain",
        session ->
            session
                .createNativeQuery(
                    """
                    SELECT (SELECT max(l.change_number)
                            FROM memory_link l
                            WHERE l.tenant_id = h.tenant_id),
                           encode(h.link_sha256, 'hex')
                    FROM tenant_head h
                    WHERE h.tenant_id = :tenant AND h.link_sha256 IS NOT NULL
                    """,
                    Object[].class)
                .setParameter("tenant", tenant.value())
                .getResultList()
                .stream()
                .findFirst()
                .map(row -> new ChainHead(number(row[0]), String.valueOf(row[1])))
                .orElse(ChainHead.NONE));
  }

  private static long number(Object number) {
    return number == null ? 0 : ((Number) number).longValue();
  }

  List<ChainLink> after(TenantId tenant, long after, int limit) {
    Page.requireLimit(limit);
    return transactions.inTenant(
        tenant, "read chain", session -> after(session, tenant, after, limit));
  }

  static List<ChainLink> after(StatelessSession session, TenantId tenant, long after, int limit) {
    return session
        .createNativeQuery(
            """
            SELECT change_number, kind, entries, encode(entries_sha256, 'hex'),
                   encode(link_sha256, 'hex')
            FROM memory_link
            WHERE tenant_id = :tenant AND change_number > :after
            ORDER BY change_number
            """,
            Object[].class)
        .setParameter("tenant", tenant.value())
        .setParameter("after", after)
        .setMaxResults(limit)
        .getResultList()
        .stream()
        .map(LinkTable::link)
        .toList();
  }

  private static ChainLink link(Object[] row) {
    return new ChainLink(
        number(row[0]),
        ChainEntry.Kind.valueOf(String.valueOf(row[1]).toUpperCase(Locale.ROOT)),
        ((Number) row[2]).intValue(),
        String.valueOf(row[3]),
        String.valueOf(row[4]));
  }
}
