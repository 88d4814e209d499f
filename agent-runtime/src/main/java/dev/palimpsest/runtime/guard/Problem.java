package dev.palimpsest.runtime.guard;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A problem document after RFC 9457, in the form in which it is sent.
 *
 * @param type URI that names the kind of problem
 * @param title the kind in one sentence
 * @param status HTTP status; on a socket the one that the same request would have got
 * @param detail what is wrong with this request
 * @param errors what is wrong with which field; left out when empty
 * @param turn the turn which stands in the way; left out where there is none
 */
public record Problem(
    String type,
    String title,
    int status,
    String detail,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<FieldError> errors,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String turn) {
  /** The media type of a problem document. */
  public static final String MEDIA_TYPE = "application/problem+json";

  /**
   * One field that is wrong.
   *
   * @param field path from the top of the body, as in {@code input[2].content}
   * @param detail what is wrong with it
   */
  public record FieldError(String field, String detail) {}

  /** Copies the list. */
  public Problem {
    errors = List.copyOf(errors);
  }

  /** A problem of a kind, with the sentence for this case. */
  public static Problem of(ProblemKind kind, String detail) {
    return new Problem(kind.type(), kind.title(), kind.status(), detail, List.of(), null);
  }

  /** The same, pointing at fields. */
  public Problem withErrors(List<FieldError> fields) {
    return new Problem(type, title, status, detail, fields, turn);
  }

  /** The same, pointing at a turn. */
  public Problem withTurn(String id) {
    return new Problem(type, title, status, detail, errors, id);
  }
}
