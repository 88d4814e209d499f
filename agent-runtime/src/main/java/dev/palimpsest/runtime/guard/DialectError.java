package dev.palimpsest.runtime.guard;

import org.jspecify.annotations.Nullable;

/**
 * A problem as OpenAI's clients read it.
 *
 * @param error what is wrong
 */
public record DialectError(Body error) {
  private static final int SERVER_ERROR = 500;
  private static final int BAD_REQUEST = 400;

  /**
   * What is wrong.
   *
   * @param message for a person
   * @param type {@code invalid_request_error} or {@code server_error}
   * @param param the first field that is wrong, or null
   * @param code the kind of the problem, for programs
   */
  public record Body(String message, String type, @Nullable String param, String code) {}

  /** The same problem. */
  public static DialectError of(Problem problem) {
    return new DialectError(
        new Body(
            problem.detail(),
            problem.status() >= SERVER_ERROR ? "server_error" : "invalid_request_error",
            problem.errors().isEmpty() ? null : problem.errors().getFirst().field(),
            code(problem)));
  }

  /** The status with which OpenAI would answer. */
  public static int status(Problem problem) {
    return isTooLarge(problem) ? BAD_REQUEST : problem.status();
  }

  private static String code(Problem problem) {
    return isTooLarge(problem)
        ? "context_length_exceeded"
        : problem.type().substring(problem.type().lastIndexOf(':') + 1).replace('-', '_');
  }

  private static boolean isTooLarge(Problem problem) {
    return problem.type().equals(ProblemKind.CONTEXT_TOO_LARGE.type());
  }
}
