package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.ChainEntry;
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
  /** The kind of a change that says that a memory was erased. */
  static final String MEMORY_ERASED = "memory_erased";

  /** The kind of a change that says that a memory was revoked. */
  static final String MEMORY_REVOKED = "memory_revoked";

  /** What stands for the link before the first one: 32 zero bytes. */
  private static final String NO_LINK = "00".repeat(32);

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

  /**
   * Takes the head row and as many numbers as asked for, and adds the next link to the chain, which
   * goes from head to head: whoever holds the row knows the link before. The link carries the last
   * of the numbers, which is returned.
   */
  private static long next(
      StatelessSession session, TenantId tenant, ChainEntry entry, int numbers) {
    return session
        .createNativeQuery(
            """
            WITH head AS (
              INSERT INTO tenant_head (tenant_id, change_number, link_sha256)
              VALUES (:tenant, :numbers,
                      sha256(decode(:zeros, 'hex') || int8send(:numbers) || decode(:sum, 'hex')))
              ON CONFLICT (tenant_id)
                DO UPDATE SET
                  change_number = tenant_head.change_number + :numbers,
                  link_sha256 =
                    sha256(coalesce(tenant_head.link_sha256, decode(:zeros, 'hex'))
                           || int8send(tenant_head.change_number + :numbers)
                           || decode(:sum, 'hex'))
              RETURNING change_number, link_sha256)
            INSERT INTO memory_link
              (tenant_id, change_number, kind, entries, entries_sha256, link_sha256)
            SELECT :tenant, change_number, :kind, :entries, decode(:sum, 'hex'), link_sha256
            FROM head
            RETURNING change_number
            """,
            Long.class)
        .setParameter("tenant", tenant.value())
        .setParameter("numbers", (long) numbers)
        .setParameter("zeros", NO_LINK)
        .setParameter("sum", entry.sha256())
        .setParameter("kind", VersionRow.word(entry.kind()))
        .setParameter("entries", entry.entries())
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
   * Says of each of these memories that it was erased. The scope is left out: it may name a person,
   * and nothing of the memory is to remain. Returns the last number.
   */
  static long recordErased(
      StatelessSession session,
      TenantId tenant,
      List<MemoryId> erased,
      ChainEntry entry,
      Instant at) {
    SortedMap<String, Instant> times = new TreeMap<>();
    erased.forEach(id -> times.put(id.value(), at));
    return recordEach(session, tenant, MEMORY_ERASED, times, entry);
  }

  /** Says of each of these memories since when it is revoked. */
  static void recordRevoked(
      StatelessSession session, TenantId tenant, SortedMap<String, Instant> revoked) {
    if (!revoked.isEmpty()) {
      long last = recordEach(session, tenant, MEMORY_REVOKED, revoked, ChainEntry.revoked(revoked));
      assert last > 0;
    }
  }

  /** One number for each, in order of id. */
  private static long recordEach(
      StatelessSession session,
      TenantId tenant,
      String kind,
      SortedMap<String, Instant> memories,
      ChainEntry entry) {
    long last = next(session, tenant, entry, memories.size());
    session
        .createNativeMutationQuery(
            """
            INSERT INTO change (tenant_id, number, kind, subject, recorded_at)
            SELECT :tenant, :last - :count + e.place, :kind, e.id, CAST(e.at AS timestamptz)
            FROM unnest(:ids, :times) WITH ORDINALITY AS e (id, at, place)
            """)
        .setParameter("tenant", tenant.value())
        .setParameter("last", last)
        .setParameter("count", (long) memories.size())
        .setParameter("kind", kind)
        .setParameter("ids", memories.keySet().toArray(String[]::new))
        .setParameter(
            "times", memories.values().stream().map(Instant::toString).toArray(String[]::new))
        .executeUpdate();
    return last;
  }

  /** When and under which number something was written. */
  record At(long change, Instant time) {}

  /**
   * That versions of memories were written.
   *
   * @param scope whose change it is
   * @param kind as in {@link Change#kind()}
   * @param subject as in {@link Change#subject()}
   * @param rows the versions
   */
  record Written(ScopeColumns scope, String kind, String subject, List<SealedRow> rows) {}

  /** The same as the other one for a write of memories: the chain has a link of it. */
  static At record(StatelessSession session, TenantId tenant, Written what, Instant at) {
    long number = next(session, tenant, SealedRow.entry(what.rows), 1);
    Change change = new Change(tenant, number, what.kind, what.subject, at);
    session.insert(new ChangeRow(change, what.scope));
    return new At(number, at);
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
