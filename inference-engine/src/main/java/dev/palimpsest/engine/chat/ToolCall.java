package dev.palimpsest.engine.chat;

/**
 * A call of a tool that an assistant's message asks for.
 *
 * @param id what the tool's answer refers to; empty if the caller has none
 * @param name the tool's name, not empty
 * @param arguments usually an object; a {@link JsonValue.Text} that holds JSON is rendered as the
 *     value it holds, and one that holds none stays a string, because what a model once wrote must
 *     not make its conversation unrenderable
 */
public record ToolCall(String id, String name, JsonValue arguments) {
  /** Checks the name. */
  public ToolCall {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("the name of a called tool is empty");
    }
  }
}
