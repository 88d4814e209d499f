package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.Consolidation.Due;
import dev.palimpsest.memory.Consolidation.Seen;
import dev.palimpsest.memory.DigestSubject;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.TenantId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What there are digests of, within a transaction of the caller's. */
final class DigestTable {
  private final Connection connection;
  private final TenantId tenant;

  DigestTable(Connection connection, TenantId tenant) {
    this.connection = connection;
    this.tenant = tenant;
  }

  /** A row's key and what it has seen. */
  private record News(IdentityKey key, DigestSubject subject, Seen seen) {}

  /** Sorted, so that two who note the same do not meet crosswise. */
  void note(Map<? extends DigestSubject, Seen> grown) throws SQLException {
    List<News> news = new ArrayList<>();
    grown.forEach((subject, seen) -> news.add(new News(key(subject), subject, seen)));
    news.sort(Comparator.comparing(one -> one.key.sha256()));
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO digest
              (tenant_id, scope_user, scope_agent, scope_project, identity_sha256, source,
               session_name, month, seen_change, learned_at)
            SELECT ?, n.u, n.a, n.p, decode(n.identity, 'hex'), n.source, n.session,
                   CAST(n.month AS date), n.seen, CAST(n.learned AS timestamptz)
            FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?)
              AS n (u, a, p, identity, source, session, month, seen, learned)
            ON CONFLICT (tenant_id, scope_user, scope_agent, scope_project, identity_sha256)
              DO UPDATE SET seen_change = greatest(digest.seen_change, excluded.seen_change),
                            learned_at = greatest(digest.learned_at, excluded.learned_at)
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .texts(news, one -> one.key.scope().user())
          .texts(news, one -> one.key.scope().agent())
          .texts(news, one -> one.key.scope().project())
          .texts(news, one -> one.key.sha256())
          .texts(news, one -> conversation(one.subject).map(c -> c.source()).orElse(null))
          .texts(news, one -> conversation(one.subject).map(c -> c.session()).orElse(null))
          .texts(news, one -> firstDay(one.subject))
          .numbers(news, one -> one.seen.change())
          .texts(news, one -> one.seen.learnedAt());
      statement.executeUpdate();
    }
  }

  private static IdentityKey key(DigestSubject subject) {
    return new IdentityKey(ScopeColumns.of(subject.scope()), ContentHash.of(subject.identity()));
  }

  private static Optional<DigestSubject.Conversation> conversation(DigestSubject subject) {
    return subject instanceof DigestSubject.Conversation one ? Optional.of(one) : Optional.empty();
  }

  private static @Nullable Object firstDay(DigestSubject subject) {
    return subject instanceof DigestSubject.Month one ? one.month().atDay(1) : null;
  }

  Optional<Due> due(Instant quietSince) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT scope_user, scope_agent, scope_project, source, session_name, month, seen_change
            FROM digest
            WHERE tenant_id = ? AND done_change < seen_change AND declined_at IS NULL
              AND learned_at <= CAST(? AS timestamptz)
            ORDER BY month IS NOT NULL, learned_at, identity_sha256
            LIMIT 1
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .value(StoredTimes.floor(quietSince));
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(new Due(subject(row), row.getLong(7))) : Optional.empty();
      }
    }
  }

  private static DigestSubject subject(ResultSet row) throws SQLException {
    ScopeColumns scope = new ScopeColumns(row.getString(1), row.getString(2), row.getString(3));
    LocalDate month = row.getObject(6, LocalDate.class);
    return month == null
        ? new DigestSubject.Conversation(scope.scope(), row.getString(4), row.getString(5))
        : new DigestSubject.Month(scope.scope(), YearMonth.from(month));
  }

  /** Locks the row of a subject; false where nobody wants a digest of it. */
  boolean isWanted(DigestSubject subject) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT declined_at IS NULL
            FROM digest
            WHERE tenant_id = ? AND scope_user = ? AND scope_agent = ? AND scope_project = ?
              AND identity_sha256 = decode(?, 'hex')
            FOR UPDATE
            """)) {
      bind(new SqlArrays(connection, statement), subject);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /**
   * Says that a subject was read up to a change.
   *
   * @param memory its digest; null: whatever there was stays
   */
  void done(Due due, @Nullable MemoryId memory) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            UPDATE digest
            SET done_change = greatest(done_change, ?),
                memory_id = coalesce(nullif(?, ''), memory_id)
            WHERE tenant_id = ? AND scope_user = ? AND scope_agent = ? AND scope_project = ?
              AND identity_sha256 = decode(?, 'hex') AND declined_at IS NULL
            """)) {
      bind(
          new SqlArrays(connection, statement)
              .value(due.seen())
              .value(memory == null ? "" : memory.value()),
          due.subject());
      statement.executeUpdate();
    }
  }

  private void bind(SqlArrays arrays, DigestSubject subject) throws SQLException {
    IdentityKey key = key(subject);
    arrays
        .value(tenant.value())
        .value(key.scope().user())
        .value(key.scope().agent())
        .value(key.scope().project())
        .value(key.sha256());
  }

  /** Digests of ours that quote one of these memories in any version, without these. */
  List<MemoryId> quoting(Collection<MemoryId> memories) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT DISTINCT s.memory_id
            FROM memory_source s
            JOIN memory_version v
              ON v.tenant_id = s.tenant_id AND v.memory_id = s.memory_id AND v.version = s.version
            WHERE s.tenant_id = ? AND s.source_memory_id = ANY (?) AND NOT s.memory_id = ANY (?)
              AND v.kind = 'digest' AND v.source = ?
            ORDER BY s.memory_id
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .texts(memories, MemoryId::value)
          .texts(memories, MemoryId::value)
          .value(Consolidation.SOURCE);
      List<MemoryId> digests = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          digests.add(new MemoryId(row.getString(1)));
        }
      }
      return digests;
    }
  }

  /** These digests are gone because of what they quoted; others may be made without that. */
  void again(Collection<MemoryId> digests) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            UPDATE digest
            SET memory_id = NULL, done_change = 0
            WHERE tenant_id = ? AND memory_id = ANY (?)
            """)) {
      new SqlArrays(connection, statement).value(tenant.value()).texts(digests, MemoryId::value);
      statement.executeUpdate();
    }
  }

  /** Somebody did not want those of these that are digests: there are to be no others. */
  void decline(Collection<MemoryId> memories, Instant now) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            UPDATE digest
            SET memory_id = NULL, declined_at = CAST(? AS timestamptz)
            WHERE tenant_id = ? AND memory_id = ANY (?)
            """)) {
      new SqlArrays(connection, statement)
          .value(now.toString())
          .value(tenant.value())
          .texts(memories, MemoryId::value);
      statement.executeUpdate();
    }
  }

  /**
   * Forgets conversations that have no memories but these, and months of scopes that have no
   * conversation; to be called before these are erased.
   */
  void forget(Collection<MemoryId> erased) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            DELETE FROM digest d
            USING (SELECT DISTINCT scope_user, scope_agent, scope_project, source, session_name
                   FROM memory_version
                   WHERE tenant_id = ? AND memory_id = ANY (?) AND session_name IS NOT NULL) e
            WHERE d.tenant_id = ? AND left(d.session_name, 64) = left(e.session_name, 64)
              AND d.session_name = e.session_name AND d.source = e.source
              AND d.scope_user = e.scope_user AND d.scope_agent = e.scope_agent
              AND d.scope_project = e.scope_project
              AND NOT EXISTS (
                SELECT FROM memory_version v
                WHERE v.tenant_id = d.tenant_id AND v.superseded_at IS NULL
                  AND left(v.session_name, 64) = left(d.session_name, 64)
                  AND v.session_name = d.session_name AND v.source = d.source
                  AND v.scope_user = d.scope_user AND v.scope_agent = d.scope_agent
                  AND v.scope_project = d.scope_project AND NOT v.memory_id = ANY (?))
            """)) {
      new SqlArrays(connection, statement)
          .value(tenant.value())
          .texts(erased, MemoryId::value)
          .value(tenant.value())
          .texts(erased, MemoryId::value);
      if (statement.executeUpdate() > 0) {
        forgetMonths();
      }
    }
  }

  private void forgetMonths() throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            DELETE FROM digest d
            WHERE d.tenant_id = ? AND d.month IS NOT NULL
              AND NOT EXISTS (
                SELECT FROM digest c
                WHERE c.tenant_id = d.tenant_id AND c.session_name IS NOT NULL
                  AND c.scope_user = d.scope_user AND c.scope_agent = d.scope_agent
                  AND c.scope_project = d.scope_project)
            """)) {
      statement.setString(1, tenant.value());
      statement.executeUpdate();
    }
  }
}
