package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.runtime.guard.DialectError;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the endpoints of OpenAI's dialect have in common. */
final class Dialect {
  /** The longest text that a model reads at once, in UTF-16 units. */
  static final int TEXT_CHARACTERS_MAX = 1 << 20;

  /** A model name that means whatever is loaded. */
  private static final String ANY_MODEL = "palimpsest";

  private Dialect() {}

  /** The model that a call asks for, null where any will do. */
  static @Nullable String model(@Nullable String wanted) {
    return ANY_MODEL.equals(wanted) ? null : wanted;
  }

  /** The same, read from a call's fields. */
  static @Nullable String model(Fields fields) {
    return model(fields.text("model", NewSession.MODEL_CHARACTERS_MAX));
  }

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
