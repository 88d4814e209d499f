package dev.palimpsest.engine.chat;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The reference's templates, conversations and prompts in {@code shared/golden/chat}. */
final class Golden {
  static final LocalDateTime NOW = LocalDateTime.of(2026, 3, 7, 9, 5, 4);
  private static final ObjectMapper JSON = new ObjectMapper();

  private Golden() {}

  /** The folder beside the repository; without it the test is skipped and says so. */
  static Path folder() {
    Path at = Path.of("").toAbsolutePath();
    while (at != null && !Files.isDirectory(at.resolve("inference-engine"))) {
      at = at.getParent();
    }
    Path shared = at == null ? null : at.resolveSibling("shared");
    boolean found = shared != null && Files.isDirectory(shared.resolve("golden/chat"));
    assumeTrue(found, "no folder ../shared/golden/chat beside the repository");
    return java.util.Objects.requireNonNull(shared).resolve("golden/chat");
  }

  static List<String> templateNames() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder(), "*.jinja")) {
      for (Path file : files) {
        names.add(String.valueOf(file.getFileName()).replace(".jinja", ""));
      }
    }
    names.sort(String::compareTo);
    return names;
  }

  static String template(String name) throws IOException {
    return Files.readString(folder().resolve(name + ".jinja"));
  }

  static JsonNode json(String name) throws IOException {
    return JSON.readTree(folder().resolve(name + ".json").toFile());
  }

  static List<ChatMessage> messages(JsonNode conversation) {
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode node : conversation.get("messages")) {
      messages.add(
          new ChatMessage(
              node.get("role").asText(),
              node.path("content").asText(""),
              node.path("reasoning_content").asText(""),
              toolCalls(node.path("tool_calls")),
              node.path("tool_call_id").asText(""),
              node.path("name").asText("")));
    }
    return messages;
  }

  private static List<ToolCall> toolCalls(JsonNode calls) {
    List<ToolCall> toolCalls = new ArrayList<>();
    for (JsonNode call : calls) {
      JsonNode function = call.get("function");
      toolCalls.add(
          new ToolCall(
              call.get("id").asText(),
              function.get("name").asText(),
              value(function.get("arguments"))));
    }
    return toolCalls;
  }

  static RenderOptions options(JsonNode conversation, JsonNode goldenCase) {
    List<JsonValue> tools = new ArrayList<>();
    conversation.path("tools").forEach(tool -> tools.add(value(tool)));
    Map<String, JsonValue> variables = new LinkedHashMap<>();
    goldenCase
        .path("chat_template_kwargs")
        .properties()
        .forEach(entry -> variables.put(entry.getKey(), value(entry.getValue())));
    boolean prompt = goldenCase.get("add_generation_prompt").asBoolean();
    return new RenderOptions(prompt, tools, variables, NOW);
  }

  /** Goes through the text, so that our own reader of JSON is used too. */
  static JsonValue value(JsonNode node) {
    return JsonValue.parse(node.toString());
  }
}
