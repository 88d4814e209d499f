package dev.palimpsest.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link ApiKeys} does. */
public abstract class ApiKeysContract {
  private final TestClock clock = new TestClock();
  private ApiKeys keys;
  private TenantId tenant;

  /** For subclasses. */
  @SuppressWarnings("NullAway.Init")
  protected ApiKeysContract() {}

  /** The keys under test, over an empty store or one that holds other tenants' alone. */
  protected abstract ApiKeys open(TestClock clock, IdSource ids);

  /** A tenant that no other test uses. */
  protected abstract TenantId freshTenant();

  @BeforeEach
  void open() {
    keys = open(clock, new CountingIds());
    tenant = freshTenant();
  }

  @Test
  void newKeyAuthenticatesAsItsPrincipal() {
    NewKey made = keys.create(tenant, "laptop", Set.of(Right.READ, Right.WRITE), "ada");
    assertEquals(
        Optional.of(new Principal(tenant, made.key().id(), Set.of(Right.READ, Right.WRITE), "ada")),
        keys.authenticate(made.secret()));
    assertEquals(clock.instant().truncatedTo(ChronoUnit.MICROS), made.key().createdAt());
    assertEquals(List.of(made.key()), keys.list(tenant, 10, null).data());
  }

  @Test
  void neitherTheKeyNorItsPrintedFormHoldsTheSecret() {
    NewKey made = keys.create(tenant, "laptop", Set.of(Right.ADMIN), null);
    String secret = made.secret().substring(made.secret().lastIndexOf('.') + 1);
    assertEquals(43, secret.length());
    assertFalse(made.toString().contains(secret));
    assertFalse(KeyText.parse(made.secret()).orElseThrow().toString().contains(secret));
  }

  @Test
  void wrongSecretsUnknownKeysAndOtherTextsAreNobody() {
    String good = keys.create(tenant, "laptop", Set.of(Right.READ), null).secret();
    char last = good.charAt(good.length() - 1);
    String wrong = good.substring(0, good.length() - 1) + (last == 'A' ? 'B' : 'A');
    String otherTenant = good.replace("pal_" + tenant, "pal_elsewhere");
    String unknown = good.replaceFirst("key_[0-9]+", "key_9999999999");
    for (String text :
        List.of(wrong, otherTenant, unknown, "", "pal_", good + "x", "x" + good, good + "\0")) {
      assertEquals(Optional.empty(), keys.authenticate(text), text);
    }
  }

  @Test
  void revokedKeyIsNobodyAndStaysInTheList() {
    NewKey made = keys.create(tenant, "laptop", Set.of(Right.READ), null);
    clock.advance(Duration.ofHours(1));
    assertTrue(keys.revoke(tenant, made.key().id()));
    assertEquals(Optional.empty(), keys.authenticate(made.secret()));
    ApiKey listed = keys.list(tenant, 10, null).data().getFirst();
    assertEquals(clock.instant().truncatedTo(ChronoUnit.MICROS), listed.revokedAt());
    clock.advance(Duration.ofHours(1));
    assertTrue(keys.revoke(tenant, made.key().id()));
    assertEquals(listed, keys.list(tenant, 10, null).data().getFirst());
  }

  @Test
  void anotherTenantsKeyIsNeitherListedNorRevoked() {
    NewKey made = keys.create(tenant, "laptop", Set.of(Right.READ), null);
    TenantId other = freshTenant();
    assertFalse(keys.revoke(other, made.key().id()));
    assertEquals(List.of(), keys.list(other, 10, null).data());
    assertTrue(keys.authenticate(made.secret()).isPresent());
  }

  @Test
  void keysAreListedNewestFirstPageByPage() {
    List<ApiKey> made =
        List.of("a", "b", "c").stream()
            .map(name -> keys.create(tenant, name, Set.of(Right.READ), null).key())
            .toList();
    Page<ApiKey> first = keys.list(tenant, 2, null);
    assertEquals(List.of(made.get(2), made.get(1)), first.data());
    Page<ApiKey> second = keys.list(tenant, 2, first.next());
    assertEquals(List.of(made.get(0)), second.data());
    assertNull(second.next());
    assertThrows(IllegalArgumentException.class, () -> keys.list(tenant, 2, "key_\0"));
    assertEquals(3, keys.list(tenant, Page.LIMIT_MAX, null).data().size());
    assertThrows(IllegalArgumentException.class, () -> keys.list(tenant, Page.LIMIT_MAX + 1, null));
  }

  @Test
  void keyWithoutRightsOrNameIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> keys.create(tenant, "laptop", Set.of(), null));
    assertThrows(
        IllegalArgumentException.class, () -> keys.create(tenant, "", Set.of(Right.READ), null));
    String longest = "n".repeat(ApiKey.NAME_CHARACTERS_MAX);
    keys.create(tenant, longest, Set.of(Right.READ), null);
    assertThrows(
        IllegalArgumentException.class,
        () -> keys.create(tenant, longest + "n", Set.of(Right.READ), null));
    assertEquals(1, keys.list(tenant, 10, null).data().size());
  }
}
