package dev.palimpsest.runtime.socket;

import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client that comes back says about itself in the query of the socket's address.
 *
 * @param epoch the epoch it knew, or null for a client that is new
 * @param resumeAfter the last number it saw in that epoch
 * @param afterEvent the last durable event it knows; what is told of an older epoch begins after it
 */
record Resumption(@Nullable String epoch, long resumeAfter, long afterEvent) {
  private static final int DIGITS_MAX = 18;

  /** Reads {@code epoch}, {@code resume_after} and {@code after_event}; other names are ignored. */
  static Resumption of(@Nullable String query) {
    Map<String, String> values = new HashMap<>();
    for (String pair : List.of((query == null ? "" : query).split("&", -1))) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        values.put(pair.substring(0, equals), decoded(pair.substring(equals + 1)));
      }
    }
    return new Resumption(
        values.get("epoch"), number(values, "resume_after"), number(values, "after_event"));
  }

  private static long number(Map<String, String> values, String name) {
    String text = values.getOrDefault(name, "0");
    boolean isNumber =
        !text.isEmpty()
            && text.length() <= DIGITS_MAX
            && text.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!isNumber) {
      throw wrong(name, "must be a whole number from 0");
    }
    return Long.parseLong(text);
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ProblemException(
          ProblemKind.INVALID_REQUEST, "The query of the address is not well formed.");
    }
  }

  private static ProblemException wrong(String field, String detail) {
    return new ProblemException(
        Problem.of(ProblemKind.INVALID_REQUEST, "'" + field + "' " + detail + ".")
            .withErrors(List.of(new Problem.FieldError(field, detail))));
  }
}
