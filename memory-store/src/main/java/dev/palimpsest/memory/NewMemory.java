package dev.palimpsest.memory;

import org.jspecify.annotations.Nullable;

/**
 * A memory to be stored.
 *
 * @param scope for whom
 * @param identity what makes a second storing of the same thing a duplicate or a new version: text
 *     of any length, unique within tenant and scope (an import: source, conversation and record id;
 *     a client: its idempotency key); null: never the same as another
 * @param repeat what a second storing under the same identity means
 */
public record NewMemory(
    Scope scope,
    MemoryKind kind,
    Origin origin,
    MemoryText content,
    @Nullable String identity,
    Repeat repeat) {
  /** What it means that a memory of this identity is there already. */
  public enum Repeat {
    /** A duplicate where the newest version says the same, else its next version. */
    NEXT_VERSION,
    /**
     * A duplicate where any version says the same, else the next: a source that tells all states.
     */
    ONE_OF_SEVERAL,
    /** A duplicate where any version says the same, else a conflict: the key of a request. */
    CONFLICT
  }

  /** Whether what any version said counts, and not only the newest. */
  public boolean looksBack() {
    return repeat != Repeat.NEXT_VERSION;
  }

  /** A memory of which the source tells one state, the present one. */
  public NewMemory(
      Scope scope, MemoryKind kind, Origin origin, MemoryText content, @Nullable String identity) {
    this(scope, kind, origin, content, identity, Repeat.NEXT_VERSION);
  }
}
