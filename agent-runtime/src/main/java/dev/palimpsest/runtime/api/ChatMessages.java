package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.palimpsest.memory.session.GivenMessage;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.guard.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes the messages of a call apart. Calls of tools and what came of them are passed over in the
 * past, of which the answers that they led to are left, and are what is answered at the end.
 */
final class ChatMessages {
  private static final Set<String> TEXT_PARTS = Set.of("text", "input_text");
  private static final String TOOL = "tool";

  private final List<String> system = new ArrayList<>();
  private final List<GivenMessage> given = new ArrayList<>();
  private final List<ToolMessage> answers = new ArrayList<>();
  private String input = " ";

  private ChatMessages() {}

  /**
   * What came of a call.
   *
   * @param index of the message
   * @param id of the call
   */
  record ToolMessage(int index, String id, String text) {}

  /** Reads the messages; what is wrong is noted in the fields. */
  static ChatMessages read(Fields fields) {
    ChatMessages messages = new ChatMessages();
    messages.readAll(fields);
    return messages;
  }

  /** All system messages, or null. */
  @Nullable String instructions() {
    return system.isEmpty() ? null : String.join("\n\n", system);
  }

  /** Messages before the last. */
  List<GivenMessage> given() {
    return given;
  }

  /** The last message, where it is the user's. */
  String input() {
    return input;
  }

  /** What the messages end with, where that is what came of calls. */
  List<ToolMessage> answers() {
    return answers;
  }

  private void readAll(Fields fields) {
    List<JsonNode> all = fields.elements("messages");
    if (all.isEmpty()) {
      fields.refuse("messages", "must be an array of at least one message");
      return;
    }
    if (all.size() > GivenMessage.COUNT_MAX) {
      fields.refuse("messages", "has at most " + GivenMessage.COUNT_MAX + " messages");
      return;
    }
    int answered = all.size();
    while (answered > 0 && TOOL.equals(all.get(answered - 1).path("role").textValue())) {
      answered--;
    }
    for (int i = 0; i < answered; i++) {
      read(fields.element("messages", i, all.get(i)), i == all.size() - 1);
    }
    for (int i = answered; i < all.size(); i++) {
      readAnswer(fields.element("messages", i, all.get(i)), i);
    }
    String instructions = instructions();
    if (instructions != null && instructions.length() > NewSession.INSTRUCTIONS_CHARACTERS_MAX) {
      fields.refuse(
          "messages",
          "of the system have "
              + instructions.length()
              + " characters; at most "
              + NewSession.INSTRUCTIONS_CHARACTERS_MAX);
    }
  }

  private void read(Fields message, boolean isLast) {
    String role = message.requiredText("role", TurnEvent.NAME_CHARACTERS_MAX);
    boolean isCalling = !message.isFalseOrEmpty("tool_calls");
    String text = isCalling && !message.isArray("content") ? words(message) : text(message);
    switch (role) {
      case "system", "developer" -> system.add(text);
      case "user" -> {
        if (isLast) {
          input = said(message, text);
        } else {
          given.add(new GivenMessage(true, text));
        }
      }
      case "assistant" -> {
        if (!isCalling || !text.isEmpty()) {
          given.add(new GivenMessage(false, text));
        }
      }
      case TOOL -> {
        // What was made of it stands in the answer that follows.
      }
      case "function" -> message.notBuilt("role", "'function' is not built yet; 'tool' is");
      default -> message.refuse("role", "is none of system, developer, user, assistant, tool");
    }
    if (isLast && !role.equals("user") && message.isGood("role")) {
      message.refuse("role", "of the last message must be 'user' or 'tool'");
    }
  }

  private void readAnswer(Fields message, int index) {
    String id = message.requiredText("tool_call_id", TurnEvent.NAME_CHARACTERS_MAX);
    String text = text(message);
    if (text.length() > TurnEvent.ToolAnswered.TEXT_CHARACTERS_MAX) {
      message.refuse(
          "content",
          "has "
              + text.length()
              + " characters; at most "
              + TurnEvent.ToolAnswered.TEXT_CHARACTERS_MAX);
    }
    answers.add(new ToolMessage(index, id, text));
  }

  private static String said(Fields message, String text) {
    if (text.isEmpty() && message.isGood("content")) {
      message.refuse("content", "is empty");
    }
    return text.isEmpty() ? " " : text;
  }

  /** What a message says that may say nothing. */
  private static String words(Fields message) {
    String words = message.text("content", TurnEvent.TEXT_CHARACTERS_MAX);
    return words == null ? "" : words;
  }

  private static String text(Fields message) {
    if (!message.isArray("content")) {
      return message.requiredText("content", TurnEvent.TEXT_CHARACTERS_MAX);
    }
    List<JsonNode> parts = message.elements("content");
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      Fields part = message.element("content", i, parts.get(i));
      String type = part.requiredText("type", TurnEvent.NAME_CHARACTERS_MAX);
      if (TEXT_PARTS.contains(type)) {
        texts.add(part.requiredText("text", TurnEvent.TEXT_CHARACTERS_MAX));
      } else {
        part.notBuilt("type", "'" + type + "' is not built yet; 'text' is");
      }
    }
    return String.join("\n", texts);
  }
}
