package dev.palimpsest.engine.chat;

import java.util.List;

/**
 * One message of a conversation. Empty strings and lists mean absence; templates then see no such
 * field, except the content, which is always there.
 *
 * @param role {@code system}, {@code user}, {@code assistant}, {@code tool} or what else the
 *     template knows; not empty
 * @param content the text, as it is
 * @param reasoning what an assistant thought before it answered
 * @param toolCalls the calls that an assistant asks for
 * @param toolCallId in a tool's message, the call it answers
 * @param name in a tool's message, the name of the tool
 */
public record ChatMessage(
    String role,
    String content,
    String reasoning,
    List<ToolCall> toolCalls,
    String toolCallId,
    String name) {
  /** Checks the role and copies the calls. */
  public ChatMessage {
    if (role.isEmpty()) {
      throw new IllegalArgumentException("the role of a message is empty");
    }
    toolCalls = List.copyOf(toolCalls);
  }

  /** A message with nothing but a text. */
  public static ChatMessage of(String role, String content) {
    return new ChatMessage(role, content, "", List.of(), "", "");
  }

  /** An assistant's message that asks for tools. */
  public static ChatMessage calling(String content, List<ToolCall> toolCalls) {
    return new ChatMessage("assistant", content, "", toolCalls, "", "");
  }

  /** A tool's answer. */
  public static ChatMessage answering(String toolCallId, String toolName, String content) {
    return new ChatMessage("tool", content, "", List.of(), toolCallId, toolName);
  }

  /** The same message with what was thought before it. */
  public ChatMessage withReasoning(String reasoning) {
    return new ChatMessage(role, content, reasoning, toolCalls, toolCallId, name);
  }
}
