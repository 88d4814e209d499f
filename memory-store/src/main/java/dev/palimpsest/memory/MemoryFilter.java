package dev.palimpsest.memory;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which memories are looked at. Every part that is set must hold; a part that is null or empty
 * admits all. What was revoked is never admitted, whatever it is asked as of.
 *
 * @param scope shows rows that {@linkplain Scope#admits it admits}
 * @param kinds any of these
 * @param session the origin's session
 * @param source the origin's source
 * @param speaker exactly this one
 * @param happenedFrom happened at or after
 * @param happenedTo happened before
 * @param labelMin trusted at least so far
 * @param asOf what was known then: versions learned at or before it and not superseded by then;
 *     null: newest versions
 * @param validAt what held then
 */
public record MemoryFilter(
    Scope scope,
    Set<MemoryKind> kinds,
    @Nullable String session,
    @Nullable String source,
    @Nullable String speaker,
    @Nullable Instant happenedFrom,
    @Nullable Instant happenedTo,
    @Nullable Label labelMin,
    @Nullable Instant asOf,
    @Nullable Instant validAt) {
  /**
   * The kinds that a search looks through where nobody names any: all but digests, which say again
   * what their sources say and would take their places.
   */
  public static final Set<MemoryKind> SEARCHED =
      Set.of(MemoryKind.EPISODE, MemoryKind.FACT, MemoryKind.PINNED);

  /** Copies the kinds. */
  public MemoryFilter {
    kinds = Set.copyOf(kinds);
  }

  /** All newest versions that a scope admits. */
  public static MemoryFilter of(Scope scope) {
    return new MemoryFilter(scope, Set.of(), null, null, null, null, null, null, null, null);
  }

  /**
   * What a search looks through in a scope: all versions but those of digests.
   *
   * @param asOf those that were newest at that moment; null: that are newest
   */
  public static MemoryFilter searched(Scope scope, @Nullable Instant asOf) {
    return new MemoryFilter(scope, SEARCHED, null, null, null, null, null, null, asOf, null);
  }

  /** Whether this memory is among them: the meaning that indexes and SQL must agree with. */
  public boolean admits(Memory memory) {
    return !memory.isRevoked()
        && scope.admits(memory.scope())
        && (kinds.isEmpty() || kinds.contains(memory.kind()))
        && (session == null || session.equals(memory.origin().session()))
        && (source == null || source.equals(memory.origin().source()))
        && (speaker == null || speaker.equals(memory.content().speaker()))
        && happens(memory.content().happenedAt())
        && (labelMin == null || memory.content().label().compareTo(labelMin) >= 0)
        && isKnown(memory)
        && (validAt == null || memory.holdsAt(validAt));
  }

  private boolean happens(@Nullable Instant at) {
    if (happenedFrom == null && happenedTo == null) {
      return true;
    }
    return at != null
        && (happenedFrom == null || !at.isBefore(happenedFrom))
        && (happenedTo == null || at.isBefore(happenedTo));
  }

  private boolean isKnown(Memory memory) {
    Instant superseded = memory.supersededAt();
    if (asOf == null) {
      return superseded == null;
    }
    return !memory.learnedAt().isAfter(asOf) && (superseded == null || superseded.isAfter(asOf));
  }
}
