package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.Session;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/**
 * Sessions as they were: how far their logs had come and when they were changed last, from the
 * events and changes that were there by then. Used within one transaction.
 */
final class PastSessions {
  private final StatelessSession session;
  private final TenantId tenant;

  PastSessions(StatelessSession session, TenantId tenant) {
    this.session = session;
    this.tenant = tenant;
  }

  /** What stands for a moment in a query; events are of whole microseconds. */
  static Instant bound(@Nullable Instant asOf) {
    if (asOf == null || asOf.isAfter(MemoryText.LATEST)) {
      return MemoryText.LATEST;
    }
    return asOf.isBefore(MemoryText.EARLIEST)
        ? MemoryText.EARLIEST
        : asOf.truncatedTo(ChronoUnit.MICROS);
  }

  /** Those that had been made, in the same order. */
  List<Session> of(List<Session> now, @Nullable Instant asOf) {
    if (asOf == null) {
      return now;
    }
    Instant then = bound(asOf);
    List<Session> there = now.stream().filter(one -> !one.createdAt().isAfter(then)).toList();
    Map<String, Long> events =
        newest(
            """
            select sessionId, max(number) from EventRow
            where tenantId = :tenant and sessionId in (:ids) and recordedAt <= :asOf
            group by sessionId
            """,
            there,
            then,
            Long.class);
    Map<String, Instant> changes =
        newest(
            """
            select subject, max(recordedAt) from ChangeRow
            where tenantId = :tenant and subject in (:ids) and recordedAt <= :asOf
            group by subject
            """,
            there,
            then,
            Instant.class);
    return there.stream()
        .map(one -> {
          String id = one.id().value();
          return one.at(changes.getOrDefault(id, one.createdAt()), events.getOrDefault(id, 0L));
        })
        .toList();
  }

  private <T> Map<String, T> newest(
      String query, List<Session> sessions, Instant asOf, Class<T> type) {
    if (sessions.isEmpty()) {
      return Map.of();
    }
    return session
        .createSelectionQuery(query, Object[].class)
        .setParameter("tenant", tenant.value())
        .setParameterList("ids", sessions.stream().map(one -> one.id().value()).toList())
        .setParameter("asOf", asOf)
        .getResultList()
        .stream()
        .collect(Collectors.toMap(row -> (String) row[0], row -> type.cast(row[1])));
  }
}
