package dev.palimpsest.cli;

import java.time.Duration;
import java.util.Optional;

/**
 * Waiting times between attempts: none before the first, then doubling from {@code first} up to
 * {@code longest}.
 *
 * @param attempts how many attempts there are in all
 */
record Backoff(Duration first, Duration longest, int attempts) {
  private static final int DOUBLINGS_MAX = 30;

  Backoff {
    if (first.isNegative() || longest.compareTo(first) < 0) {
      throw new IllegalArgumentException("waiting times " + first + " to " + longest);
    }
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts " + attempts);
    }
  }

  /** How long to wait before attempt {@code number} (from 0); empty when there are no more. */
  Optional<Duration> before(int number) {
    if (number >= attempts) {
      return Optional.empty();
    }
    if (number == 0) {
      return Optional.of(Duration.ZERO);
    }
    Duration wait = first.multipliedBy(1L << Math.min(number - 1, DOUBLINGS_MAX));
    return Optional.of(wait.compareTo(longest) < 0 ? wait : longest);
  }
}
