package dev.palimpsest.memory.importing;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When a record holds.
 *
 * @param from from when; null: since it happened
 * @param to until when, not before {@code from}; null: still
 * @param isOneOfSeveral whether the file holds several states of the same memory, so that each is
 *     known once any version of the memory says it
 */
record Validity(@Nullable Instant from, @Nullable Instant to, boolean isOneOfSeveral) {
  static final Validity ALWAYS = new Validity(null, null, false);

  /** For a time; what would end before it begins holds at no time. */
  static Validity between(@Nullable Instant from, @Nullable Instant to) {
    Instant begin = from != null && to != null && to.isBefore(from) ? to : from;
    return new Validity(begin, to, false);
  }

  /** The same, as one of several states of the memory. */
  Validity asOneOfSeveral() {
    return new Validity(from, to, true);
  }
}
