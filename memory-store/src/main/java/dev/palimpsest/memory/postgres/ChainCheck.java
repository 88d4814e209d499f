package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.ChainEntry;
import dev.palimpsest.memory.ChainHead;
import dev.palimpsest.memory.ChainLink;
import dev.palimpsest.memory.ChainReport;
import dev.palimpsest.memory.ChainReport.Break;
import dev.palimpsest.memory.TenantId;
import java.util.List;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/**
 * Computes a chain again from the rows, window by window. A row may be erased between two looks at
 * the same window, so what seems broken is looked at again before it is said to be.
 */
final class ChainCheck {
  private static final int LINKS_MAX = 200;

  /** Entries of the links of one window, unless its first link has more. */
  private static final int ENTRIES_MAX = 5000;

  private static final int LOOKS_MAX = 3;

  private final Transactions transactions;
  private final LinkTable links;

  ChainCheck(Transactions transactions, LinkTable links) {
    this.transactions = transactions;
    this.links = links;
  }

  /** How far a check has come. */
  private record Progress(
      ChainHead at, long links, long versions, long erased, long unsealed, @Nullable Break broken) {
    Progress broken(Break found) {
      return new Progress(at, links, versions, erased, unsealed, found);
    }

    ChainReport report(ChainHead upTo) {
      return new ChainReport(upTo, links, versions, erased, unsealed, broken);
    }
  }

  ChainReport run(TenantId tenant, @Nullable ChainHead known) {
    ChainHead head = links.head(tenant);
    if (known != null && known.change() > head.change()) {
      String what = "The chain ends before the head that was told earlier.";
      return new ChainReport(head, 0, 0, 0, 0, new Break(known.change(), null, what));
    }
    Progress progress = transactions.inTenant(tenant, "check chain", s -> beside(s, tenant));
    while (progress.broken == null && progress.at.change() < head.change()) {
      progress = window(tenant, head, known, progress);
    }
    if (progress.broken == null && !progress.at.equals(head)) {
      String what = "The head is not the last link.";
      progress = progress.broken(new Break(head.change(), null, what));
    }
    return progress.report(head);
  }

  /** Rows that stand where no link can be: before the first one, or behind the head. */
  private static Progress beside(StatelessSession session, TenantId tenant) {
    Object[] counts =
        session
            .createNativeQuery(
                """
                SELECT count(*) FILTER (WHERE v.row_sha256 IS NULL AND v.change_number < f.first),
                       min(v.change_number) FILTER (
                         WHERE (v.row_sha256 IS NOT NULL AND v.change_number < f.first)
                            OR v.change_number > f.head)
                FROM memory_version v,
                     (SELECT coalesce((SELECT min(l.change_number)
                                       FROM memory_link l
                                       WHERE l.tenant_id = :tenant), h.change_number + 1) AS first,
                             h.change_number AS head
                      FROM tenant_head h
                      WHERE h.tenant_id = :tenant) AS f
                WHERE v.tenant_id = :tenant
                """,
                Object[].class)
            .setParameter("tenant", tenant.value())
            .getSingleResult();
    long unsealed = ((Number) counts[0]).longValue();
    Progress begun = new Progress(ChainHead.NONE, 0, 0, 0, unsealed, null);
    return counts[1] == null
        ? begun
        : begun.broken(
            new Break(((Number) counts[1]).longValue(), null, "No link knows of its rows."));
  }

  private Progress window(
      TenantId tenant, ChainHead head, @Nullable ChainHead known, Progress from) {
    Progress progress = from;
    for (int look = 0; look < LOOKS_MAX; look++) {
      progress =
          transactions.inTenant(
              tenant, "check chain", session -> check(session, tenant, head, known, from));
      if (progress.broken == null) {
        return progress;
      }
    }
    return progress;
  }

  private static Progress check(
      StatelessSession session,
      TenantId tenant,
      ChainHead head,
      @Nullable ChainHead known,
      Progress from) {
    List<ChainLink> links = links(session, tenant, head, from.at);
    if (links.isEmpty()) {
      return from.broken(new Break(head.change(), null, "The links up to the head are gone."));
    }
    long first = from.links == 0 ? links.getFirst().change() - 1 : from.at.change();
    ChainWindow window =
        session.doReturningWork(
            connection -> ChainWindow.read(connection, tenant, first, links.getLast().change()));
    Progress progress = from;
    for (ChainLink link : links) {
      Break broken = window.broken(link);
      broken = broken == null ? linkage(progress.at, link, known) : broken;
      if (broken != null) {
        return progress.broken(broken);
      }
      progress =
          new Progress(
              new ChainHead(link.change(), link.link()),
              progress.links + 1,
              progress.versions + window.versions(link.change()),
              progress.erased + window.tombstones(link.change()),
              progress.unsealed,
              null);
    }
    Break unknown = window.unknown(links);
    return unknown == null ? progress : progress.broken(unknown);
  }

  private static List<ChainLink> links(
      StatelessSession session, TenantId tenant, ChainHead head, ChainHead after) {
    List<ChainLink> links =
        LinkTable.after(session, tenant, after.change(), LINKS_MAX).stream()
            .filter(link -> link.change() <= head.change())
            .toList();
    long entries = 0;
    for (int i = 0; i < links.size(); i++) {
      entries += links.get(i).entries();
      if (i > 0 && entries > ENTRIES_MAX) {
        return links.subList(0, i);
      }
    }
    return links;
  }

  private static @Nullable Break linkage(
      ChainHead before, ChainLink link, @Nullable ChainHead known) {
    String right = ChainEntry.link(before.link(), link.change(), link.entriesSha256());
    if (!right.equals(link.link())) {
      return new Break(link.change(), null, "The link does not follow from the one before it.");
    }
    boolean isOther =
        known != null && known.change() == link.change() && !known.link().equals(link.link());
    return isOther
        ? new Break(link.change(), null, "The link is not the one that was told earlier.")
        : null;
  }
}
