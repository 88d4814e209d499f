package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.ApiKey;
import dev.palimpsest.memory.KeyId;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A row of {@code api_key}. */
@Entity
@Table(name = "api_key")
@IdClass(ApiKeyRow.Key.class)
class ApiKeyRow {
  record Key(String tenantId, String keyId) {}

  @Id
  @Column(name = "tenant_id")
  String tenantId;

  @Id
  @Column(name = "key_id")
  String keyId;

  @Embedded ScopeColumns scope;

  @Column(nullable = false, updatable = false)
  String name;

  @Column(nullable = false, updatable = false)
  String rights;

  @Column(name = "secret_sha256", nullable = false, updatable = false)
  byte[] secretHash;

  @Column(name = "created_at", nullable = false, updatable = false)
  Instant createdAt;

  @Column(name = "revoked_at")
  @Nullable Instant revokedAt;

  @SuppressWarnings("NullAway.Init")
  ApiKeyRow() {}

  ApiKeyRow(ApiKey key, byte[] secretHash) {
    tenantId = key.tenant().value();
    keyId = key.id().value();
    scope = ScopeColumns.of(Scope.ofUser(key.user()));
    name = key.name();
    rights =
        key.rights().stream()
            .map(right -> right.name().toLowerCase(Locale.ROOT))
            .sorted()
            .collect(Collectors.joining(","));
    this.secretHash = secretHash;
    createdAt = key.createdAt();
    revokedAt = key.revokedAt();
  }

  ApiKey key() {
    Set<Right> held =
        Arrays.stream(rights.split(",", -1))
            .map(right -> Right.valueOf(right.toUpperCase(Locale.ROOT)))
            .collect(Collectors.toSet());
    return new ApiKey(
        new TenantId(tenantId),
        new KeyId(keyId),
        name,
        held,
        scope.scope().user(),
        createdAt,
        revokedAt);
  }
}
