package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Messages and options as the values that a template sees, in the form of chat completions. */
final class Context {
  private final Run run;
  private final boolean thinkingChunks;

  /**
   * @param thinkingChunks whether reasoning becomes a chunk of the content, for templates that know
   *     no other place for it
   */
  Context(Run run, boolean thinkingChunks) {
    this.run = run;
    this.thinkingChunks = thinkingChunks;
  }

  Scope scope(List<ChatMessage> messages, RenderOptions options) {
    Scope scope = Scope.root();
    scope.set("enable_thinking", Value.Bool.TRUE);
    options.variables().forEach((name, value) -> scope.set(name, value(value)));
    List<Value> rendered = new ArrayList<>();
    for (ChatMessage message : messages) {
      rendered.add(message(message));
    }
    scope.set("messages", run.items(rendered));
    // Published templates are tested with transformers, which says none where there are no tools.
    scope.set("tools", options.tools().isEmpty() ? Value.None.NONE : list(options.tools()));
    scope.set("add_generation_prompt", Value.Bool.of(options.addGenerationPrompt()));
    return scope;
  }

  private Value message(ChatMessage message) {
    Map<Value, Value> fields = new LinkedHashMap<>();
    boolean chunks = thinkingChunks && !message.reasoning().isEmpty();
    put(fields, "role", new Value.Text(message.role()));
    put(fields, "content", chunks ? chunks(message) : new Value.Text(message.content()));
    if (!chunks) {
      putText(fields, "reasoning_content", message.reasoning());
    }
    if (!message.toolCalls().isEmpty()) {
      List<Value> calls = new ArrayList<>();
      message.toolCalls().forEach(call -> calls.add(call(call)));
      put(fields, "tool_calls", run.items(calls));
    }
    putText(fields, "tool_call_id", message.toolCallId());
    putText(fields, "name", message.name());
    return run.mapping(fields);
  }

  private Value chunks(ChatMessage message) {
    return run.items(
        Value.pair(chunk("thinking", message.reasoning()), chunk("text", message.content())));
  }

  private Value chunk(String type, String text) {
    Map<Value, Value> fields = new LinkedHashMap<>();
    put(fields, "type", new Value.Text(type));
    put(fields, type, new Value.Text(text));
    return run.mapping(fields);
  }

  private Value call(ToolCall call) {
    Map<Value, Value> function = new LinkedHashMap<>();
    put(function, "name", new Value.Text(call.name()));
    put(function, "arguments", value(parsed(call.arguments())));
    Map<Value, Value> fields = new LinkedHashMap<>();
    putText(fields, "id", call.id());
    put(fields, "type", new Value.Text("function"));
    put(fields, "function", run.mapping(function));
    return run.mapping(fields);
  }

  private static JsonValue parsed(JsonValue arguments) {
    if (!(arguments instanceof JsonValue.Text text)) {
      return arguments;
    }
    try {
      return JsonValue.parse(text.value());
    } catch (IllegalArgumentException notJson) {
      return arguments;
    }
  }

  private Value value(JsonValue json) {
    run.enter();
    Value value = converted(json);
    run.leave();
    return value;
  }

  private Value converted(JsonValue json) {
    return switch (json) {
      case JsonValue.Null absent -> Value.None.NONE;
      case JsonValue.Bool bool -> Value.Bool.of(bool.value());
      case JsonValue.Whole number -> new Value.Int(number.value());
      case JsonValue.Decimal number -> new Value.Real(number.value());
      case JsonValue.Text text -> new Value.Text(text.value());
      case JsonValue.Array array -> list(array.elements());
      case JsonValue.Fields fields -> {
        Map<Value, Value> entries = new LinkedHashMap<>();
        fields.entries().forEach((key, field) -> put(entries, key, value(field)));
        yield run.mapping(entries);
      }
    };
  }

  private Value list(List<JsonValue> elements) {
    List<Value> values = new ArrayList<>();
    for (JsonValue element : elements) {
      values.add(value(element));
    }
    return run.items(values);
  }

  private static void put(Map<Value, Value> fields, String key, Value value) {
    fields.put(new Value.Text(key), value);
  }

  private static void putText(Map<Value, Value> fields, String key, String text) {
    if (!text.isEmpty()) {
      put(fields, key, new Value.Text(text));
    }
  }
}
