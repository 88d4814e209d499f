package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.DigestSubject;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.TenantId;
import java.util.List;
import org.hibernate.StatelessSession;
import org.hibernate.query.NativeQuery;

/** What digests are made of, within a transaction of the caller's. */
final class DigestMembers {
  private static final String OF_CONVERSATION =
      """
      v.tenant_id = :tenant AND v.superseded_at IS NULL AND v.revoked_at IS NULL
        AND left(v.session_name, 64) = left(:session, 64)
        AND v.session_name = :session AND v.source = :source
        AND v.scope_user = :user AND v.scope_agent = :agent AND v.scope_project = :project
        AND v.kind <> 'digest'
        AND NOT EXISTS (
          SELECT FROM memory_source s
          WHERE s.tenant_id = v.tenant_id AND s.memory_id = v.memory_id AND s.version = v.version)
      ORDER BY v.position DESC, v.memory_id DESC
      """;

  /** Of what the conversations' digests quote, not of the digests. */
  private static final String OF_MONTH =
      """
      v.tenant_id = :tenant AND v.revoked_at IS NULL
        AND v.happened_at >= CAST(:from AS timestamptz)
        AND v.happened_at < CAST(:to AS timestamptz)
        AND (v.memory_id, v.version) IN (
          SELECT s.source_memory_id, s.source_version
          FROM digest d
          JOIN memory_version q
            ON q.tenant_id = d.tenant_id AND q.memory_id = d.memory_id
           AND q.superseded_at IS NULL AND q.revoked_at IS NULL
          JOIN memory_source s
            ON s.tenant_id = q.tenant_id AND s.memory_id = q.memory_id AND s.version = q.version
          WHERE d.tenant_id = :tenant AND d.session_name IS NOT NULL AND d.scope_user = :user
            AND d.scope_agent = :agent AND d.scope_project = :project)
      ORDER BY v.happened_at DESC, v.source DESC, v.session_name DESC, v.position DESC,
               v.memory_id DESC
      """;

  private final StatelessSession session;
  private final TenantId tenant;

  DigestMembers(StatelessSession session, TenantId tenant) {
    this.session = session;
    this.tenant = tenant;
  }

  List<Memory> of(DigestSubject subject, int limit) {
    NativeQuery<VersionRow> query =
        switch (subject) {
          case DigestSubject.Conversation talk ->
              MemoryReader.versions(session, OF_CONVERSATION)
                  .setParameter("session", talk.session())
                  .setParameter("source", talk.source());
          case DigestSubject.Month month ->
              MemoryReader.versions(session, OF_MONTH)
                  .setParameter("from", month.month().atDay(1) + "T00:00:00Z")
                  .setParameter("to", month.month().plusMonths(1).atDay(1) + "T00:00:00Z");
        };
    ScopeColumns scope = ScopeColumns.of(subject.scope());
    return query
        .setParameter("tenant", tenant.value())
        .setParameter("user", scope.user())
        .setParameter("agent", scope.agent())
        .setParameter("project", scope.project())
        .setMaxResults(limit)
        .getResultList()
        .stream()
        .map(VersionRow::memory)
        .toList()
        .reversed();
  }
}
