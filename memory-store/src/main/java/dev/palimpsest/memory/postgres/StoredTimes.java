package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.MemoryText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Turns any moment that somebody asks for into one the database can hold, so that a comparison with
 * a stored time, which is a whole microsecond in the years 1 to 9999, comes out the same. Written
 * as PostgreSQL reads it: Hibernate would send it by way of a calendar that knows other days before
 * the year 1582.
 */
final class StoredTimes {
  private StoredTimes() {}

  /** For {@code stored <= moment} and {@code stored > moment}. */
  static String floor(Instant moment) {
    return text(moment, moment.truncatedTo(ChronoUnit.MICROS));
  }

  /** For {@code stored >= moment} and {@code stored < moment}. */
  static String ceiling(Instant moment) {
    Instant floor = moment.truncatedTo(ChronoUnit.MICROS);
    return text(
        moment,
        floor.isBefore(moment) && moment.isBefore(MemoryText.LATEST)
            ? floor.plus(1, ChronoUnit.MICROS)
            : floor);
  }

  private static String text(Instant moment, Instant rounded) {
    if (moment.isBefore(MemoryText.EARLIEST)) {
      return "-infinity";
    }
    return moment.isAfter(MemoryText.LATEST) ? "infinity" : rounded.toString();
  }
}
