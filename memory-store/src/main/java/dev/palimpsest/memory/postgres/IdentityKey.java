package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.NewMemory;
import org.jspecify.annotations.Nullable;

/**
 * What makes two storings of a tenant the same memory.
 *
 * @param sha256 of the identity's text, in hexadecimal
 */
record IdentityKey(ScopeColumns scope, String sha256) {
  /** Null for a memory that is never the same as another. */
  static @Nullable IdentityKey of(NewMemory memory) {
    String identity = memory.identity();
    return identity == null
        ? null
        : new IdentityKey(ScopeColumns.of(memory.scope()), ContentHash.of(identity));
  }
}
