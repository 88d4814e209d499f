package dev.palimpsest.memory;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A memory to be stored.
 *
 * @param scope for whom
 * @param identity what makes a second storing of the same thing a duplicate or a new version: text
 *     of any length, unique within tenant and scope (an import: source, conversation and record id;
 *     a client: its idempotency key); null: never the same as another
 * @param repeat what a second storing under the same identity means
 * @param sources what it was made of, at most {@link #SOURCES_MAX}; its label is not above any of
 *     theirs; empty for words of their own
 * @param offset byte of the import's file where it stands; null where it is not imported
 */
public record NewMemory(
    Scope scope,
    MemoryKind kind,
    Origin origin,
    MemoryText content,
    @Nullable String identity,
    Repeat repeat,
    List<MadeOf> sources,
    @Nullable Long offset) {
  /** How many sources a memory can name. */
  public static final int SOURCES_MAX = 1000;

  /** Copies the sources; refuses too many and an offset below 0. */
  public NewMemory {
    sources = List.copyOf(sources);
    if (sources.size() > SOURCES_MAX) {
      throw new IllegalArgumentException("more than " + SOURCES_MAX + " sources");
    }
    if (offset != null && offset < 0) {
      throw new IllegalArgumentException("offset is " + offset + "; from 0");
    }
  }

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

  /** Words of their own. */
  public NewMemory(
      Scope scope,
      MemoryKind kind,
      Origin origin,
      MemoryText content,
      @Nullable String identity,
      Repeat repeat) {
    this(scope, kind, origin, content, identity, repeat, List.of(), null);
  }

  /** The same, made of all that these say. */
  public NewMemory from(Collection<VersionId> versions) {
    return madeOf(versions.stream().map(MadeOf::all).toList());
  }

  /** The same, made of these or of parts of them. */
  public NewMemory madeOf(List<MadeOf> parts) {
    return new NewMemory(scope, kind, origin, content, identity, repeat, parts, offset);
  }

  /** The same, standing at this byte of an import's file. */
  public NewMemory at(long byteOffset) {
    return new NewMemory(scope, kind, origin, content, identity, repeat, sources, byteOffset);
  }
}
