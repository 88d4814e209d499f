package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.runtime.bridge.ToolFace;
import dev.palimpsest.runtime.guard.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads the tools of OpenAI's clients, which perform them themselves. */
final class ChatTools {
  private static final String FIELD = "tools";
  private static final String CHOICE = "tool_choice";
  private static final String ANY = "{\"type\":\"object\"}";
  private static final int WORD_CHARACTERS_MAX = 64;

  private ChatTools() {}

  /** The tools; none where nothing, or something wrong, is said of them. */
  static List<Tool> read(Fields fields) {
    boolean mayCall = mayCall(fields);
    if (fields.isFalseOrEmpty(FIELD)) {
      return List.of();
    }
    if (!fields.isArray(FIELD)) {
      fields.refuse(FIELD, "must be a list of functions");
      return List.of();
    }
    List<JsonNode> elements = fields.elements(FIELD);
    List<Tool> tools = new ArrayList<>();
    for (int i = 0; i < Math.min(elements.size(), Tool.COUNT_MAX + 1); i++) {
      Tool tool = tool(fields.element(FIELD, i, elements.get(i)));
      if (tool != null) {
        tools.add(tool);
      }
    }
    List<Tool> all =
        fields.isGood(FIELD) ? fields.checked(FIELD, () -> ToolRequests.together(tools)) : null;
    return all == null || !mayCall ? List.of() : all;
  }

  /** A model is free to call or not to; it is not made to. */
  private static boolean mayCall(Fields fields) {
    if (!fields.has(CHOICE) || fields.isNull(CHOICE)) {
      return true;
    }
    if (fields.isText(CHOICE, "none")) {
      return false;
    }
    if (!fields.isText(CHOICE, "auto")) {
      fields.notBuilt(CHOICE, "is built for 'auto' and 'none'");
    }
    return true;
  }

  private static @Nullable Tool tool(Fields declared) {
    String type = declared.text("type", WORD_CHARACTERS_MAX);
    if (type != null && !type.equals("function")) {
      declared.notBuilt("type", "is built for 'function'");
    }
    Fields function = declared.object("function");
    if (function == null) {
      declared.refuse("function", "is missing");
      return null;
    }
    String name = function.requiredText("name", WORD_CHARACTERS_MAX);
    String description =
        Objects.requireNonNullElse(
            function.text("description", Tool.DESCRIPTION_CHARACTERS_MAX), "");
    String given = function.rawObject("parameters", Tool.PARAMETERS_CHARACTERS_MAX);
    String parameters = given == null ? ANY : given;
    ToolFace face = new ToolFace(name, description, parameters);
    ToolFace checked = function.checked("parameters", () -> ToolRequests.checked(face));
    return checked == null || !declared.isGood("function")
        ? null
        : function.checked(
            "name",
            () ->
                new Tool.Client(
                    name, description, parameters, false, Tool.Client.WAIT_SECONDS_DEFAULT));
  }
}
