package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.retention.RetentionPolicy;
import java.time.Duration;
import java.time.Instant;
import org.hibernate.query.NativeQuery;

/**
 * What is due by a policy, as conditions on a {@code memory_version v} that is the newest of a
 * memory. Names its parameters {@code :due_…} but for {@code :tenant}.
 *
 * <p>When a version was learned is what it brings along; when it was written here stands at its
 * change. What was put back from an archive is old by the first and young by the second, and is not
 * to go at once.
 */
final class DueSql {
  static final String CONDITIONS =
      """
      v.tenant_id = :tenant AND v.superseded_at IS NULL AND v.kind <> 'pinned'
        AND NOT (v.kind = 'digest' AND v.source = :due_digests)
        AND v.learned_at <= CAST(:due_before AS timestamptz)
        AND (:due_user = '' OR v.scope_user = :due_user)
        AND (:due_agent = '' OR v.scope_agent = :due_agent)
        AND (:due_project = '' OR v.scope_project = :due_project)
        AND NOT EXISTS (
          SELECT FROM change c
          WHERE c.tenant_id = v.tenant_id AND c.number = v.change_number
            AND c.recorded_at > CAST(:due_before AS timestamptz))
        AND NOT EXISTS (
          SELECT FROM retention_policy q
          WHERE q.tenant_id = v.tenant_id
            AND q.scope_user IN ('', v.scope_user)
            AND q.scope_agent IN ('', v.scope_agent)
            AND q.scope_project IN ('', v.scope_project)
            AND (num_nonnulls(nullif(q.scope_user, ''), nullif(q.scope_agent, ''),
                              nullif(q.scope_project, '')), q.keep_days)
              > (:due_parts, :due_days))
      """;

  private DueSql() {}

  /** Binds what {@link #CONDITIONS} names. */
  static <T> NativeQuery<T> bind(
      NativeQuery<T> query, TenantId tenant, RetentionPolicy policy, Instant now) {
    ScopeColumns scope = ScopeColumns.of(policy.scope());
    return query
        .setParameter("tenant", tenant.value())
        .setParameter("due_digests", Consolidation.SOURCE)
        .setParameter(
            "due_before", StoredTimes.floor(now.minus(Duration.ofDays(policy.keepDays()))))
        .setParameter("due_user", scope.user())
        .setParameter("due_agent", scope.agent())
        .setParameter("due_project", scope.project())
        .setParameter("due_parts", policy.parts())
        .setParameter("due_days", policy.keepDays());
  }
}
