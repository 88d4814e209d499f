package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.ApiKey;
import dev.palimpsest.memory.ApiKeys;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.KeyId;
import dev.palimpsest.memory.KeyText;
import dev.palimpsest.memory.NewKey;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Principal;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.TenantId;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.hibernate.LockMode;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/** Keys over their table. */
final class PostgresApiKeys implements ApiKeys {
  private final Transactions transactions;
  private final InstantSource clock;
  private final IdSource ids;
  private final SecureRandom random;

  PostgresApiKeys(
      Transactions transactions, InstantSource clock, IdSource ids, SecureRandom random) {
    this.transactions = transactions;
    this.clock = clock;
    this.ids = ids;
    this.random = random;
  }

  /** Idempotency key: none, see {@link ApiKeys#create}. */
  @Override
  public NewKey create(TenantId tenant, String name, Set<Right> rights, @Nullable String user) {
    KeyId id = new KeyId(ids.next(KeyId.PREFIX));
    KeyText text = KeyText.generate(tenant, id, random);
    ApiKey key = new ApiKey(tenant, id, name, rights, user, now(), null);
    ApiKeyRow row = new ApiKeyRow(key, text.secretHash());
    return transactions.inTenant(
        tenant,
        "create key",
        session -> {
          session.insert(row);
          record(session, row, "key_created", key.createdAt());
          return new NewKey(key, text.text());
        });
  }

  @Override
  public Optional<Principal> authenticate(String presented) {
    return KeyText.parse(presented).flatMap(this::authenticate);
  }

  @Override
  public Page<ApiKey> list(TenantId tenant, int limit, @Nullable String after) {
    Page.requireLimit(limit);
    List<ApiKey> found =
        transactions.inTenant(
            tenant,
            "list keys",
            session ->
                session
                    .createSelectionQuery(
                        """
                        from ApiKeyRow
                        where tenantId = :tenant and keyId < :after
                        order by keyId desc
                        """,
                        ApiKeyRow.class)
                    .setParameter("tenant", tenant.value())
                    .setParameter(
                        "after",
                        after == null ? SessionTable.AFTER_ALL_IDS : new KeyId(after).value())
                    .setMaxResults(limit + 1)
                    .getResultList()
                    .stream()
                    .map(ApiKeyRow::key)
                    .toList());
    return found.size() <= limit
        ? new Page<>(found, null)
        : new Page<>(found.subList(0, limit), found.get(limit - 1).id().value());
  }

  /** Idempotency key: the key's id; revoking it again finds it revoked. */
  @Override
  public boolean revoke(TenantId tenant, KeyId key) {
    return transactions.inTenant(
        tenant,
        "revoke key",
        session -> {
          ApiKeyRow row =
              session.get(ApiKeyRow.class, key(tenant, key), LockMode.PESSIMISTIC_WRITE);
          if (row != null && row.revokedAt == null) {
            Instant now = now();
            row.revokedAt = now;
            session.update(row);
            record(session, row, "key_revoked", now);
          }
          return row != null;
        });
  }

  private Optional<Principal> authenticate(KeyText text) {
    ApiKeyRow row =
        transactions.inTenant(
            text.tenant(),
            "authenticate",
            session -> session.get(ApiKeyRow.class, key(text.tenant(), text.key())));
    if (row == null || !text.matches(row.secretHash) || row.revokedAt != null) {
      return Optional.empty();
    }
    ApiKey key = row.key();
    return Optional.of(new Principal(key.tenant(), key.id(), key.rights(), key.user()));
  }

  private static void record(StatelessSession session, ApiKeyRow row, String kind, Instant at) {
    ChangeTable.record(session, new TenantId(row.tenantId), row.scope, kind, row.keyId, at);
  }

  private static ApiKeyRow.Key key(TenantId tenant, KeyId key) {
    return new ApiKeyRow.Key(tenant.value(), key.value());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
