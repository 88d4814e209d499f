package dev.palimpsest.memory.importing;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads times as they are written in files. Whole microseconds, years 1 to 9999. */
final class Times {
  private static final Pattern RFC_3339 =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\d[Tt ]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?\\S{1,6}");
  private static final Pattern DAY = Pattern.compile("\\d{4}-\\d\\d-\\d\\d");
  private static final Pattern WITHOUT_OFFSET =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\d[Tt ]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?");
  private static final Pattern LOCOMO =
      Pattern.compile(
          "\\s*(\\d{1,2}):(\\d\\d)\\s*(am|pm)\\s+on\\s+(\\d{1,2})\\s+([a-z]+)\\s*,?\\s+(\\d{4})\\s*",
          Pattern.CASE_INSENSITIVE);
  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
  // 0001-01-01 and 10000-01-01.
  private static final double EARLIEST = -62_135_596_800.0;
  private static final double BEYOND_LATEST = 253_402_300_800.0;
  private static final int HOURS_OF_HALF_A_DAY = 12;

  private Times() {}

  /** A time with its offset, as in {@code 2026-01-02T03:04:05.678+01:00}. */
  static Optional<Instant> instant(String text) {
    if (!RFC_3339.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      String withT = text.substring(0, 10) + 'T' + text.substring(11);
      Instant at = OffsetDateTime.parse(withT).toInstant().truncatedTo(ChronoUnit.MICROS);
      int year = at.atOffset(ZoneOffset.UTC).getYear();
      return year >= 1 && year <= 9999 ? Optional.of(at) : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** The same, or one without an offset, or a day; those are taken as UTC. */
  static Optional<Instant> loose(String text) {
    String written = text.strip();
    if (DAY.matcher(written).matches()) {
      return instant(written + "T00:00:00Z");
    }
    return WITHOUT_OFFSET.matcher(written).matches() ? instant(written + "Z") : instant(written);
  }

  /** Seconds since 1970, with a fraction, as a JSON number. */
  static Optional<Instant> epochSeconds(String written) {
    try {
      double seconds = Double.parseDouble(written);
      return seconds >= EARLIEST && seconds < BEYOND_LATEST
          ? Optional.of(Instant.EPOCH.plus(Math.round(seconds * 1e6), ChronoUnit.MICROS))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** The way LoCoMo writes times, as in {@code 1:56 pm on 8 May, 2023}; taken as UTC. */
  static Optional<Instant> locomo(String text) {
    Matcher parts = LOCOMO.matcher(text);
    if (!parts.matches()) {
      return instant(text);
    }
    String month = parts.group(5).toLowerCase(Locale.ROOT);
    int hour = Integer.parseInt(parts.group(1));
    if (hour < 1 || hour > HOURS_OF_HALF_A_DAY || month.length() < 3) {
      return Optional.empty();
    }
    boolean isAfternoon = parts.group(3).toLowerCase(Locale.ROOT).equals("pm");
    try {
      LocalDateTime at =
          LocalDateTime.of(
              Integer.parseInt(parts.group(6)),
              MONTHS.indexOf(month.substring(0, 3)) + 1,
              Integer.parseInt(parts.group(4)),
              hour % HOURS_OF_HALF_A_DAY + (isAfternoon ? HOURS_OF_HALF_A_DAY : 0),
              Integer.parseInt(parts.group(2)));
      return at.getYear() >= 1 ? Optional.of(at.toInstant(ZoneOffset.UTC)) : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
