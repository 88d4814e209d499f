package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * A problem document (RFC 9457) as a service sent it.
 *
 * @param type a URI or name of the kind, {@code about:blank} when there is none
 * @param status the HTTP status, 0 when unknown
 * @param fields one line per rejected field, at most {@link #FIELDS_MAX}
 */
record Problem(String type, String title, int status, String detail, List<String> fields) {
  static final int FIELDS_MAX = 20;

  Problem {
    fields = List.copyOf(fields);
  }

  /** Reads what is there; a document of another shape still gives a title. */
  static Problem of(JsonNode document, int httpStatus) {
    int status = document.path("status").asInt(httpStatus);
    return new Problem(
        document.path("type").asText("about:blank"),
        document.path("title").asText(status == 0 ? "The service reported a problem" : "Refused"),
        status,
        document.path("detail").asText(""),
        fields(document.path("errors")));
  }

  /** Whether the kind ends in {@code name}, with or without a URI before it. */
  boolean is(String name) {
    return type.equals(name) || type.endsWith("/" + name) || type.endsWith(":" + name);
  }

  /** Title, detail and fields, each on its own line. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(status == 0 ? title : title + " (" + status + ")");
    if (!detail.isBlank() && !detail.equals(title)) {
      lines.add("  " + detail);
    }
    fields.forEach(field -> lines.add("  - " + field));
    return lines;
  }

  private static List<String> fields(JsonNode errors) {
    List<String> lines = new ArrayList<>();
    for (JsonNode error : errors) {
      if (lines.size() == FIELDS_MAX) {
        lines.add("and " + (errors.size() - FIELDS_MAX) + " more");
        break;
      }
      lines.add(field(error));
    }
    return lines;
  }

  private static String field(JsonNode error) {
    String name = first(error, "field", "pointer", "name");
    String message = first(error, "detail", "message", "reason");
    if (name.isEmpty() || message.isEmpty()) {
      return name.isEmpty() && message.isEmpty() ? error.toString() : name + message;
    }
    return name + ": " + message;
  }

  private static String first(JsonNode error, String... names) {
    for (String name : names) {
      if (error.path(name).isValueNode()) {
        return error.path(name).asText();
      }
    }
    return "";
  }
}
