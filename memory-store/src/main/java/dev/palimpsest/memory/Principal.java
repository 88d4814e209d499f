package dev.palimpsest.memory;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is calling, once a key was accepted.
 *
 * @param rights at least one
 * @param user the one user the key is bound to, or null
 */
public record Principal(TenantId tenant, KeyId key, Set<Right> rights, @Nullable String user) {
  /** Copies the rights. */
  public Principal {
    rights = Set.copyOf(rights);
  }
}
