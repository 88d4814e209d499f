package dev.palimpsest.runtime.bridge;

import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation, as the model is to read it.
 *
 * @param role who says it
 * @param text the words
 * @param call of a model's message, the tool that it calls; of a tool's, what it answers; else null
 */
public record Message(Role role, String text, @Nullable Call call) {
  /** Words alone. */
  public Message(Role role, String text) {
    this(role, text, null);
  }

  /** Checks that a tool's message answers something. */
  public Message {
    if (role == Role.TOOL && call == null) {
      throw new IllegalArgumentException("a tool's message answers a call");
    }
  }

  /**
   * A call of a tool.
   *
   * @param id its name in the conversation
   * @param tool not empty
   * @param arguments a JSON object, or what the model wrote in place of one
   */
  public record Call(String id, String tool, String arguments) {}

  /** Who speaks. */
  public enum Role {
    /** Instructions, first if there are any. */
    SYSTEM,
    /** What is remembered, one memory a line, before the question that it is recalled for. */
    MEMORY,
    /** The person. */
    USER,
    /** The model. */
    ASSISTANT,
    /** What a tool answered. */
    TOOL
  }

  /** What the person says. */
  public static Message user(String text) {
    return new Message(Role.USER, text);
  }

  /** What is remembered, one memory a line. */
  public static Message memory(String lines) {
    return new Message(Role.MEMORY, lines);
  }

  /** That the model called a tool, after these words. */
  public static Message calling(String text, Call call) {
    return new Message(Role.ASSISTANT, text, call);
  }

  /** What the tool answered. */
  public static Message answering(Call call, String text) {
    return new Message(Role.TOOL, text, call);
  }

  /** What the model said. */
  public static Message assistant(String text) {
    return new Message(Role.ASSISTANT, text);
  }
}
