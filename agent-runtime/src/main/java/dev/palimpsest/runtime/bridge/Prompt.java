package dev.palimpsest.runtime.bridge;

import java.time.Instant;
import java.util.List;

/**
 * All that decides what a model reads.
 *
 * @param messages the conversation, oldest first; the last is the user's or a tool's
 * @param at when the user spoke, for chat templates that write a date
 * @param tools what the model may call
 */
public record Prompt(List<Message> messages, Instant at, List<ToolFace> tools) {
  /** Without tools. */
  public Prompt(List<Message> messages, Instant at) {
    this(messages, at, List.of());
  }

  /** Copies the lists. */
  public Prompt {
    tools = List.copyOf(tools);
    messages = List.copyOf(messages);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("a prompt has a message");
    }
  }
}
