package dev.palimpsest.memory;

import java.util.concurrent.atomic.AtomicLong;

/** Ids for tests: a counter with leading zeros, so that they sort and can be read. */
public final class CountingIds implements IdSource {
  private final AtomicLong last = new AtomicLong();

  /** Begins at 1. */
  public CountingIds() {}

  @Override
  public String next(String prefix) {
    return prefix + String.format("%010d", last.incrementAndGet());
  }
}
