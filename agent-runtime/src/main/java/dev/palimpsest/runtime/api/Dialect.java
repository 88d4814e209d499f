package dev.palimpsest.runtime.api;

import dev.palimpsest.runtime.guard.DialectError;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;

/** What the endpoints of OpenAI's dialect have in common. */
final class Dialect {
  private Dialect() {}

  /** A refusal as OpenAI's clients read it. */
  static Response refused(Problem problem) {
    return Response.status(DialectError.status(problem))
        .type(MediaType.APPLICATION_JSON_TYPE)
        .entity(DialectError.of(problem))
        .build();
  }

  /**
   * A model that is not there.
   *
   * @param names of those that are
   */
  static ProblemException noModel(String wanted, String names) {
    return new ProblemException(
        Problem.of(
                ProblemKind.MODEL_NOT_FOUND,
                "The model '" + wanted + "' is not loaded here, unlike " + names + ".")
            .withErrors(List.of(new Problem.FieldError("model", "is not loaded here"))));
  }
}
