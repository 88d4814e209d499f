package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.chat.ChatMessage;
import dev.palimpsest.engine.chat.ChatTemplate;
import dev.palimpsest.engine.chat.ChatTemplateException;
import dev.palimpsest.engine.chat.RenderOptions;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages as a chat template takes them. Few templates know a role for what is remembered: most
 * pass over a role that they do not know, or refuse it. To those, memories are told at the head of
 * the user's message that follows them. Immutable; safe for many threads.
 */
final class MemoryRole {
  private static final String PROBE = "what is remembered";
  private static final LocalDateTime ANY_TIME = LocalDateTime.of(2000, 1, 1, 0, 0);

  private final boolean isKnown;

  /** Tries the template. */
  MemoryRole(ChatTemplate template) {
    isKnown = isKnown(template);
  }

  /** A place for models without a template, whose messages stand one after the other. */
  static MemoryRole none() {
    return new MemoryRole();
  }

  private MemoryRole() {
    isKnown = false;
  }

  /** The messages for the template. */
  List<ChatMessage> messages(List<Message> conversation) {
    List<ChatMessage> messages = new ArrayList<>();
    String memories = "";
    for (Message message : conversation) {
      if (message.role() == Message.Role.MEMORY && !isKnown) {
        memories = message.text() + "\n\n";
      } else {
        messages.add(ChatMessage.of(name(message.role()), memories + message.text()));
        memories = "";
      }
    }
    return messages;
  }

  private static boolean isKnown(ChatTemplate template) {
    List<ChatMessage> messages =
        List.of(
            ChatMessage.of(name(Message.Role.MEMORY), PROBE),
            ChatMessage.of(name(Message.Role.USER), "?"));
    try {
      return template.render(messages, RenderOptions.at(ANY_TIME)).contains(PROBE);
    } catch (ChatTemplateException e) {
      // It refuses, and that is the answer: this template has no such role.
      return false;
    }
  }

  private static String name(Message.Role role) {
    return switch (role) {
      case SYSTEM -> "system";
      case MEMORY -> "memory";
      case USER -> "user";
      case ASSISTANT -> "assistant";
    };
  }
}
