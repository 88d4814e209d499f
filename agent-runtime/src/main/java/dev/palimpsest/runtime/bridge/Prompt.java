package dev.palimpsest.runtime.bridge;

import java.time.Instant;
import java.util.List;

/**
 * All that decides what a model reads.
 *
 * @param messages the conversation, oldest first; the last is the user's
 * @param at when the user spoke, for chat templates that write a date
 */
public record Prompt(List<Message> messages, Instant at) {
  /** Copies the messages. */
  public Prompt {
    messages = List.copyOf(messages);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("a prompt has a message");
    }
  }
}
