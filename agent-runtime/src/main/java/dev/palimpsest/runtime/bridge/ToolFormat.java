package dev.palimpsest.runtime.bridge;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.engine.chat.JsonValue;
import dev.palimpsest.engine.schema.JsonShape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a model writes a call: a JSON object with the tool's name and its arguments between two
 * marks, as the Hermes and Qwen families do. Templates that want another form have no tools here.
 */
public final class ToolFormat {
  /** With what a call begins. */
  public static final String OPEN = "<tool_call>";

  /** With what it ends. */
  public static final String CLOSE = "</tool_call>";

  /** Keywords with schemas in them, beside {@code properties}. */
  private static final List<String> WITHIN = List.of("items", "additionalProperties", "anyOf");

  private ToolFormat() {}

  static void check(ToolFace tool) {
    Map<String, Object> parameters = StoredFormat.tree(tool.parameters());
    if (!"object".equals(parameters.get("type"))) {
      throw new IllegalArgumentException("'type' must be 'object'");
    }
    refuseReferences(parameters);
    JsonShape.check(schema(List.of(tool)));
  }

  /** Refuses tools that are too much together, although each by itself is not. */
  static void check(List<ToolFace> tools) {
    if (!tools.isEmpty()) {
      JsonShape.check(schema(tools));
    }
  }

  /** Within a call {@code #} would be the call and not what a tool's schema means by it. */
  private static void refuseReferences(@Nullable Object schema) {
    if (schema instanceof List<?> several) {
      several.forEach(ToolFormat::refuseReferences);
    }
    if (schema instanceof Map<?, ?> keywords) {
      if (keywords.containsKey("$ref")) {
        throw new IllegalArgumentException("the keyword '$ref' is not supported");
      }
      if (keywords.get("properties") instanceof Map<?, ?> properties) {
        properties.values().forEach(ToolFormat::refuseReferences);
      }
      WITHIN.forEach(keyword -> refuseReferences(keywords.get(keyword)));
    }
  }

  /** What stands between the marks: a call of one of these tools. */
  static Map<String, Object> schema(List<ToolFace> tools) {
    return Map.of("anyOf", tools.stream().map(ToolFormat::call).toList());
  }

  private static Map<String, Object> call(ToolFace tool) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("name", Map.of("const", tool.name()));
    members.put("arguments", StoredFormat.tree(tool.parameters()));
    Map<String, Object> call = new LinkedHashMap<>();
    call.put("type", "object");
    call.put("properties", members);
    call.put("required", List.of("name", "arguments"));
    call.put("additionalProperties", false);
    return call;
  }

  /** As chat templates want them. */
  static List<JsonValue> declarations(List<ToolFace> tools) {
    return tools.stream().map(tool -> JsonValue.parse(declaration(tool).toString())).toList();
  }

  private static ObjectNode declaration(ToolFace tool) {
    ObjectNode declaration = JsonNodeFactory.instance.objectNode().put("type", "function");
    declaration
        .putObject("function")
        .put("name", tool.name())
        .put("description", tool.description())
        .set("parameters", StoredFormat.value(tool.parameters()));
    return declaration;
  }
}
