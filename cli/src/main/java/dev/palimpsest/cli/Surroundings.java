package dev.palimpsest.cli;

import java.util.Map;
import java.util.function.Supplier;

/**
 * All that a command gets from outside, so that tests can hand in their own.
 *
 * @param environment variables by name
 * @param ids a new unique id with each call; names turns before the service has seen them
 * @param backoff how patiently a lost connection is sought again
 */
record Surroundings(
    Map<String, String> environment,
    Streams streams,
    Gauges gauges,
    Supplier<String> ids,
    Backoff backoff) {
  Surroundings {
    environment = Map.copyOf(environment);
  }

  /** The same with another patience. */
  Surroundings with(Backoff other) {
    return new Surroundings(environment, streams, gauges, ids, other);
  }
}
