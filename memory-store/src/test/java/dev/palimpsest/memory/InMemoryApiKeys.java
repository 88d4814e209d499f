package dev.palimpsest.memory;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Keys in a map. */
final class InMemoryApiKeys implements ApiKeys {
  private record Kept(ApiKey key, KeyText text) {}

  private final Map<TenantId, NavigableMap<String, Kept>> tenants = new HashMap<>();
  private final InMemoryMemory.Guard guard;
  private final ChangeList changes;
  private final InstantSource clock;
  private final IdSource ids;
  private final SecureRandom random;

  InMemoryApiKeys(
      InMemoryMemory.Guard guard,
      ChangeList changes,
      InstantSource clock,
      IdSource ids,
      SecureRandom random) {
    this.guard = guard;
    this.changes = changes;
    this.clock = clock;
    this.ids = ids;
    this.random = random;
  }

  @Override
  public NewKey create(TenantId tenant, String name, Set<Right> rights, @Nullable String user) {
    KeyId id = new KeyId(ids.next(KeyId.PREFIX));
    ApiKey key = new ApiKey(tenant, id, name, rights, user, now(), null);
    KeyText text = KeyText.generate(tenant, id, random);
    return guard.inTransaction(
        "create key",
        () -> {
          of(tenant).put(id.value(), new Kept(key, text));
          changes.add(tenant, "key_created", id.value(), key.createdAt());
          return new NewKey(key, text.text());
        });
  }

  @Override
  public Optional<Principal> authenticate(String presented) {
    return KeyText.parse(presented)
        .flatMap(text -> guard.inTransaction("authenticate", () -> authenticate(text)));
  }

  @Override
  public Page<ApiKey> list(TenantId tenant, int limit, @Nullable String after) {
    Page.requireLimit(limit);
    return guard.inTransaction("list keys", () -> page(of(tenant), limit, after));
  }

  @Override
  public boolean revoke(TenantId tenant, KeyId key) {
    return guard.inTransaction(
        "revoke key",
        () -> {
          Kept kept = of(tenant).get(key.value());
          if (kept != null && kept.key.revokedAt() == null) {
            of(tenant).put(key.value(), new Kept(revoked(kept.key), kept.text));
            changes.add(tenant, "key_revoked", key.value(), now());
          }
          return kept != null;
        });
  }

  private Optional<Principal> authenticate(KeyText text) {
    Kept kept = of(text.tenant()).get(text.key().value());
    if (kept == null || kept.key.revokedAt() != null || !kept.text.equals(text)) {
      return Optional.empty();
    }
    ApiKey key = kept.key;
    return Optional.of(new Principal(key.tenant(), key.id(), key.rights(), key.user()));
  }

  private ApiKey revoked(ApiKey key) {
    return new ApiKey(
        key.tenant(), key.id(), key.name(), key.rights(), key.user(), key.createdAt(), now());
  }

  private static Page<ApiKey> page(
      NavigableMap<String, Kept> kept, int limit, @Nullable String after) {
    NavigableMap<String, Kept> newestFirst = kept.descendingMap();
    NavigableMap<String, Kept> rest =
        after == null ? newestFirst : newestFirst.tailMap(new KeyId(after).value(), false);
    List<ApiKey> data = rest.values().stream().limit(limit).map(Kept::key).toList();
    return new Page<>(data, data.size() < rest.size() ? data.getLast().id().value() : null);
  }

  private NavigableMap<String, Kept> of(TenantId tenant) {
    return tenants.computeIfAbsent(tenant, t -> new TreeMap<>());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
