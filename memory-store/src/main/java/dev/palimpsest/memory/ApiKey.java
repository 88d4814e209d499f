package dev.palimpsest.memory;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a key; its secret is not.
 *
 * @param name given by whoever made it, 1 to {@link #NAME_CHARACTERS_MAX} characters
 * @param rights at least one
 * @param user the one user it speaks for, or null for all of the tenant's
 * @param createdAt whole microseconds
 * @param revokedAt null while it is good
 */
public record ApiKey(
    TenantId tenant,
    KeyId id,
    String name,
    Set<Right> rights,
    @Nullable String user,
    Instant createdAt,
    @Nullable Instant revokedAt) {
  /** The longest name, in UTF-16 units. */
  public static final int NAME_CHARACTERS_MAX = 200;

  /** Checks the texts, copies the rights. */
  public ApiKey {
    rights = Set.copyOf(rights);
    if (rights.isEmpty()) {
      throw new IllegalArgumentException("a key without any right is of no use");
    }
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a key's name is empty");
    }
    StorableText.require("name", name, NAME_CHARACTERS_MAX);
    Scope.ofUser(user);
  }
}
