package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.ToolCodec;
import dev.palimpsest.runtime.bridge.ToolFace;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.tool.ToolHosts;
import dev.palimpsest.runtime.turn.BuiltInTools;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads what models may call: names of the service's own tools, and declarations of others. */
final class ToolRequests {
  private static final String FIELD = "tools";
  private static final String DEFAULT_METHOD = "POST";
  private static final int WORD_CHARACTERS_MAX = 64;

  private ToolRequests() {}

  /** The tools; null where nothing, or something wrong, is said of them. */
  static @Nullable List<Tool> read(Fields fields, ToolHosts hosts) {
    fields.passOver(FIELD);
    if (!fields.has(FIELD) || fields.isNull(FIELD)) {
      return null;
    }
    if (!fields.isArray(FIELD)) {
      fields.refuse(FIELD, "must be a list of names and declarations");
      return null;
    }
    List<Tool> tools = new ArrayList<>();
    List<JsonNode> elements = fields.elements(FIELD);
    for (int i = 0; i < Math.min(elements.size(), Tool.COUNT_MAX + 1); i++) {
      Tool tool = tool(fields, i, elements.get(i), hosts);
      if (tool != null) {
        tools.add(tool);
      }
    }
    return fields.isGood(FIELD) ? fields.checked(FIELD, () -> together(tools)) : null;
  }

  /** Tools that one schema holds. */
  static List<Tool> together(List<Tool> tools) {
    List<Tool> all = Tool.require(tools);
    ToolFace.check(BuiltInTools.faces(all));
    return all;
  }

  private static @Nullable Tool tool(Fields fields, int index, JsonNode element, ToolHosts hosts) {
    if (element.isTextual()) {
      return fields.checked(
          FIELD + "[" + index + "]", () -> ToolCodec.builtIn(element.textValue()));
    }
    Fields declared = fields.element(FIELD, index, element);
    String name = declared.requiredText("name", WORD_CHARACTERS_MAX);
    String description = declared.text("description", Tool.DESCRIPTION_CHARACTERS_MAX);
    String parameters = declared.rawObject("parameters", Tool.PARAMETERS_CHARACTERS_MAX);
    if (parameters == null && declared.isGood("parameters")) {
      declared.refuse("parameters", "is missing");
    }
    boolean isRepeatable = declared.flag("repeatable");
    String texts = Objects.requireNonNullElse(description, "");
    if (parameters != null) {
      ToolFace face = new ToolFace(name, texts, parameters);
      declared.checked("parameters", () -> checked(face));
    }
    Fields http = declared.object("http");
    Integer wait =
        http == null ? declared.wholeNumber("wait_seconds", 1, Tool.Client.WAIT_SECONDS_MAX) : null;
    Place place = http == null ? null : place(http, hosts);
    declared.refuseOthers();
    if (!fields.isGood(FIELD + "[" + index + "]") || parameters == null) {
      return null;
    }
    return declared.checked(
        "name",
        () ->
            place == null
                ? new Tool.Client(
                    name,
                    texts,
                    parameters,
                    isRepeatable,
                    Objects.requireNonNullElse(wait, Tool.Client.WAIT_SECONDS_DEFAULT))
                : new Tool.Http(
                    name, texts, parameters, place.url(), place.method(), isRepeatable));
  }

  /** Where a tool is. */
  private record Place(String url, String method) {}

  private static Place place(Fields http, ToolHosts hosts) {
    String url = http.requiredText("url", Tool.Http.URL_CHARACTERS_MAX);
    String method = http.text("method", WORD_CHARACTERS_MAX);
    if (method != null && !Tool.Http.METHODS.contains(method)) {
      http.refuse("method", "is none of " + Tool.Http.METHODS);
    }
    http.refuseOthers();
    if (http.isGood("url")) {
      hosts.problem(url).ifPresent(problem -> http.refuse("url", problem));
    }
    return new Place(url, Objects.requireNonNullElse(method, DEFAULT_METHOD));
  }

  /** A tool that calls can be held to. */
  static ToolFace checked(ToolFace face) {
    face.check();
    return face;
  }
}
