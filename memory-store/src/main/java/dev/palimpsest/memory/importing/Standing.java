package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a record is and when it holds.
 *
 * @param validFrom from when; null: since it happened
 * @param validTo until when, not before {@code validFrom}; null: still
 * @param isOneOfSeveral whether the file holds several states of the same memory, so that each is
 *     known once any version of the memory says it
 */
record Standing(
    MemoryKind kind,
    @Nullable Instant validFrom,
    @Nullable Instant validTo,
    boolean isOneOfSeveral) {
  /** What was said. */
  static final Standing EPISODE = of(MemoryKind.EPISODE);

  /** What somebody made of it. */
  static final Standing FACT = of(MemoryKind.FACT);

  /** What is to stay in sight. */
  static final Standing PINNED = of(MemoryKind.PINNED);

  private static Standing of(MemoryKind kind) {
    return new Standing(kind, null, null, false);
  }

  /** A fact that holds for a time; one that would end before it begins holds at no time. */
  static Standing fact(@Nullable Instant from, @Nullable Instant to) {
    Instant begin = from != null && to != null && to.isBefore(from) ? to : from;
    return new Standing(MemoryKind.FACT, begin, to, false);
  }

  /** The same, as one of several states of the memory. */
  Standing asOneOfSeveral() {
    return new Standing(kind, validFrom, validTo, true);
  }
}
