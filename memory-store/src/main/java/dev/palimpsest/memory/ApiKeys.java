package dev.palimpsest.memory;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys by which programs call the service. Every method blocks, is safe for many threads, and
 * throws {@link MemoryStoreException} when the store is away. Every write is one transaction and
 * leaves one {@link Change}.
 */
public interface ApiKeys {
  /**
   * Makes a key. Not idempotent: a repeated call makes another key, since the secret of the first
   * cannot be shown again.
   *
   * @param user binds the key to one user of the tenant; null for none
   */
  NewKey create(TenantId tenant, String name, Set<Right> rights, @Nullable String user);

  /**
   * Who presents this text; empty when it is malformed, unknown or revoked, without saying which.
   */
  Optional<Principal> authenticate(String presented);

  /**
   * The tenant's keys, newest first, revoked ones included.
   *
   * @param limit 1 to {@link Page#LIMIT_MAX}
   * @param after {@link Page#next()} of the page before, or null
   * @throws IllegalArgumentException when {@code after} is not a key id
   */
  Page<ApiKey> list(TenantId tenant, int limit, @Nullable String after);

  /**
   * Ends a key for good. Revoking it again changes nothing.
   *
   * @return false when the tenant has no such key
   */
  boolean revoke(TenantId tenant, KeyId key);
}
