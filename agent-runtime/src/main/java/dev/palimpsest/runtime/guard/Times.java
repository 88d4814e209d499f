package dev.palimpsest.runtime.guard;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;

/** Times as they are written outside: RFC 3339 with a zone, years 1 to 9999. */
public final class Times {
  private static final int CHARACTERS_MAX = 64;
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant END = Instant.parse("9999-12-31T23:59:59.999999999Z");

  private Times() {}

  /**
   * Reads a time; what is finer than a microsecond is cut off, for no store keeps it.
   *
   * @throws IllegalArgumentException saying what is expected
   */
  public static Instant parse(String text) {
    if (text.length() <= CHARACTERS_MAX) {
      try {
        Instant time = OffsetDateTime.parse(text).toInstant();
        if (!time.isBefore(EARLIEST) && !time.isAfter(END)) {
          return time.truncatedTo(ChronoUnit.MICROS);
        }
      } catch (DateTimeException e) {
        throw new IllegalArgumentException(expected(), e);
      }
    }
    throw new IllegalArgumentException(expected());
  }

  private static String expected() {
    return "must be a time with a zone as in 2026-11-26T23:59:00Z";
  }
}
