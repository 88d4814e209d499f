package dev.palimpsest.memory;

import org.jspecify.annotations.Nullable;

/**
 * A memory to be stored.
 *
 * @param scope for whom
 * @param identity what makes a second storing of the same thing a duplicate or a new version: text
 *     of any length, unique within tenant and scope (an import: source, conversation and record id;
 *     a client: its idempotency key); null: never the same as another
 * @param isOneOfSeveral whether the source tells several states of this memory one after the other:
 *     then it is a duplicate of any version that says the same, and not of the newest alone
 */
public record NewMemory(
    Scope scope,
    MemoryKind kind,
    Origin origin,
    MemoryText content,
    @Nullable String identity,
    boolean isOneOfSeveral) {
  /** A memory of which the source tells one state, the present one. */
  public NewMemory(
      Scope scope, MemoryKind kind, Origin origin, MemoryText content, @Nullable String identity) {
    this(scope, kind, origin, content, identity, false);
  }
}
