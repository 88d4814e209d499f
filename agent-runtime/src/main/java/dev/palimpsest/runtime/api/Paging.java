package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads numbers of a query string. */
final class Paging {
  static final int LIMIT_DEFAULT = 100;

  private static final int DIGITS_MAX = 18;

  private Paging() {}

  /** How many entries a page shall have. */
  static int limit(@Nullable String text) {
    return (int) number("limit", text, LIMIT_DEFAULT, 1, Page.LIMIT_MAX);
  }

  /** A whole number in a range. */
  static long number(String name, @Nullable String text, long absent, long min, long max) {
    if (text == null) {
      return absent;
    }
    boolean isNumber =
        !text.isEmpty()
            && text.length() <= DIGITS_MAX
            && text.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!isNumber || Long.parseLong(text) < min || Long.parseLong(text) > max) {
      throw invalid(name, "must be a whole number from " + min + " to " + max);
    }
    return Long.parseLong(text);
  }

  /**
   * Where a page begins.
   *
   * @param id makes an id of the list's kind, which {@code text} has to be
   */
  static @Nullable String after(@Nullable String text, Function<String, ?> id) {
    try {
      return text == null ? null : id.apply(text).toString();
    } catch (IllegalArgumentException e) {
      throw invalid("after", String.valueOf(e.getMessage()));
    }
  }

  /** A scope to filter by. */
  static Scope scope(@Nullable String user, @Nullable String agent, @Nullable String project) {
    try {
      return new Scope(user, agent, project);
    } catch (IllegalArgumentException e) {
      throw invalid("scope", String.valueOf(e.getMessage()));
    }
  }

  /** A problem with one parameter. */
  static ProblemException invalid(String field, String detail) {
    return new ProblemException(
        Problem.of(ProblemKind.INVALID_REQUEST, "'" + field + "' " + detail + ".")
            .withErrors(List.of(new Problem.FieldError(field, detail))));
  }
}
