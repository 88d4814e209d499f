package dev.palimpsest.retrieval.tree;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Month;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The days that a question names, in UTC: {@code 7 May 2023}, {@code May 2023}, {@code in May},
 * {@code summer 2022}, {@code in 2022}, {@code last week}, {@code three months ago}, {@code
 * yesterday}. What names no year means the last one before the day that is counted from. English;
 * the first that fits counts.
 *
 * @param from the first day
 * @param to the day after the last
 */
record TimeSpan(LocalDate from, LocalDate to) {
  private static final String MONTHS =
      "(january|february|march|april|may|june|july|august|september|october|november|december)";
  private static final Pattern DAY_FIRST =
      pattern("\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? " + MONTHS + "(?:,? (\\d{4}))?\\b");
  private static final Pattern MONTH_FIRST =
      pattern("\\b" + MONTHS + " (\\d{1,2})(?:st|nd|rd|th)?(?:,? (\\d{4}))?\\b(?!\\d)");
  private static final Pattern MONTH =
      pattern(
          "\\b(?:(?:in|last|during|since|of|early|late|mid) )" + MONTHS + "(?:,? (\\d{4}))?\\b");
  private static final Pattern MONTH_OF_YEAR = pattern("\\b" + MONTHS + ",? (\\d{4})\\b");
  private static final Pattern SEASON =
      pattern("\\b(spring|summer|autumn|fall|winter)(?: of)?(?: (\\d{4}))?\\b");
  private static final Pattern YEAR = pattern("\\b(?:in|during|since|of) ((?:19|20)\\d\\d)\\b");
  private static final Pattern AGO =
      pattern("\\b(a|an|one|two|three|four|five|six|\\d{1,2}) (day|week|month|year)s? ago\\b");
  private static final Pattern LAST = pattern("\\b(last|this) (week|month|year)\\b");
  private static final Pattern YESTERDAY = pattern("\\byesterday\\b");
  private static final Map<String, Integer> NUMBERS =
      Map.of("a", 1, "an", 1, "one", 1, "two", 2, "three", 3, "four", 4, "five", 5, "six", 6);
  private static final Map<String, Month> SEASONS =
      Map.of(
          "spring", Month.MARCH,
          "summer", Month.JUNE,
          "autumn", Month.SEPTEMBER,
          "fall", Month.SEPTEMBER,
          "winter", Month.DECEMBER);
  private static final int SEASON_MONTHS = 3;

  /** What a text names, counted from a day. */
  static Optional<TimeSpan> in(String text, LocalDate today) {
    Matcher day = DAY_FIRST.matcher(text);
    if (day.find()) {
      return day(day.group(1), day.group(2), day.group(3), today);
    }
    Matcher month = MONTH_FIRST.matcher(text);
    if (month.find()) {
      return day(month.group(2), month.group(1), month.group(3), today);
    }
    return coarse(text, today).or(() -> relative(text, today));
  }

  /** The beginning of the first day. */
  Instant begins() {
    return from.atStartOfDay().toInstant(ZoneOffset.UTC);
  }

  /** The end of the last day. */
  Instant ends() {
    return to.atStartOfDay().toInstant(ZoneOffset.UTC);
  }

  private static Optional<TimeSpan> coarse(String text, LocalDate today) {
    for (Pattern pattern : new Pattern[] {MONTH_OF_YEAR, MONTH}) {
      Matcher month = pattern.matcher(text);
      if (month.find()) {
        LocalDate first = first(month(month.group(1)), month.group(2), today);
        return Optional.of(new TimeSpan(first, first.plusMonths(1)));
      }
    }
    Matcher season = SEASON.matcher(text);
    if (season.find() && (season.group(2) != null || text.contains("last"))) {
      LocalDate first =
          first(SEASONS.getOrDefault(lower(season.group(1)), Month.JUNE), season.group(2), today);
      return Optional.of(new TimeSpan(first, first.plusMonths(SEASON_MONTHS)));
    }
    Matcher year = YEAR.matcher(text);
    if (year.find()) {
      LocalDate first = LocalDate.of(Integer.parseInt(year.group(1)), Month.JANUARY, 1);
      return Optional.of(new TimeSpan(first, first.plusYears(1)));
    }
    return Optional.empty();
  }

  private static Optional<TimeSpan> relative(String text, LocalDate today) {
    Matcher ago = AGO.matcher(text);
    if (ago.find()) {
      String word = lower(ago.group(1));
      Integer known = NUMBERS.get(word);
      int count = known == null ? Integer.parseInt(word) : known;
      return Optional.of(around(ago.group(2), count, today));
    }
    Matcher last = LAST.matcher(text);
    if (last.find()) {
      return Optional.of(around(last.group(2), "last".equals(lower(last.group(1))) ? 1 : 0, today));
    }
    return YESTERDAY.matcher(text).find()
        ? Optional.of(new TimeSpan(today.minusDays(1), today))
        : Optional.empty();
  }

  /** The whole week, month or year so many back. */
  private static TimeSpan around(String unit, int count, LocalDate today) {
    return switch (lower(unit)) {
      case "day" -> new TimeSpan(today.minusDays(count), today.minusDays(count - 1L));
      case "week" -> {
        LocalDate monday =
            today.minusWeeks(count).with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
        yield new TimeSpan(monday, monday.plusWeeks(1));
      }
      case "month" -> {
        LocalDate first = today.minusMonths(count).withDayOfMonth(1);
        yield new TimeSpan(first, first.plusMonths(1));
      }
      default -> {
        LocalDate first = today.minusYears(count).withDayOfYear(1);
        yield new TimeSpan(first, first.plusYears(1));
      }
    };
  }

  private static Optional<TimeSpan> day(
      String number, String month, @Nullable String year, LocalDate today) {
    LocalDate first = first(month(month), year, today);
    int day = Integer.parseInt(number);
    return day >= 1 && day <= first.lengthOfMonth()
        ? Optional.of(
            new TimeSpan(first.withDayOfMonth(day), first.withDayOfMonth(day).plusDays(1)))
        : Optional.empty();
  }

  /** The first of a month: of a year, or the last one that has begun. */
  private static LocalDate first(Month month, @Nullable String year, LocalDate today) {
    if (year != null) {
      return LocalDate.of(Integer.parseInt(year), month, 1);
    }
    LocalDate thisYear = LocalDate.of(today.getYear(), month, 1);
    return thisYear.isAfter(today) ? thisYear.minusYears(1) : thisYear;
  }

  private static Month month(String name) {
    return Month.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static String lower(String word) {
    return word.toLowerCase(Locale.ROOT);
  }

  private static Pattern pattern(String regex) {
    return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
  }
}
