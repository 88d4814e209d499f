package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.chat.ChatMessage;
import dev.palimpsest.engine.chat.ChatTemplate;
import dev.palimpsest.engine.chat.ChatTemplateException;
import dev.palimpsest.engine.chat.ConversationRefusedException;
import dev.palimpsest.engine.chat.JsonValue;
import dev.palimpsest.engine.chat.RenderOptions;
import dev.palimpsest.engine.chat.ToolCall;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes conversations as a model's chat template wants them. Memories are a message of their own
 * where the template has a place for them; elsewhere they stand, quoted, at the head of what the
 * user says next. Immutable, for any thread.
 */
final class PromptWriter {
  private static final String LEAD_IN = "From memory:";
  private static final String PROBE = "qzprobe";
  private static final String ASKED = "qzasked";
  private static final String ANSWERED = "qzanswered";
  private static final Pattern WRITTEN =
      Pattern.compile(
          ToolFormat.OPEN
              + "\\s*\\{\"name\": ?\"qzprobe\", ?\"arguments\": ?\\{\"qzkey\": ?\"qzvalue\"}}\\s*"
              + ToolFormat.CLOSE);
  private static final LocalDateTime PROBED_AT = LocalDateTime.of(2026, 1, 1, 0, 0);

  private final ChatTemplate template;
  private final boolean knowsMemory;
  private final boolean knowsTools;

  PromptWriter(ChatTemplate template) {
    this.template = template;
    this.knowsMemory = knowsMemory(template);
    this.knowsTools = knowsTools(template);
  }

  /** Whether the template has a place for memories. */
  boolean knowsMemory() {
    return knowsMemory;
  }

  /** Whether the template tells of tools, and writes calls as {@link ToolFormat} says. */
  boolean knowsTools() {
    return knowsTools;
  }

  /**
   * The prompt, with the opening of the answer.
   *
   * @throws ModelException when the template refuses the conversation or fails
   */
  String write(Prompt prompt) {
    List<Message> messages = knowsMemory ? prompt.messages() : folded(prompt.messages());
    LocalDateTime at = LocalDateTime.ofInstant(prompt.at(), ZoneOffset.UTC);
    try {
      return template.render(
          messages.stream().map(PromptWriter::chatMessage).toList(),
          RenderOptions.at(at).withTools(ToolFormat.declarations(prompt.tools())));
    } catch (ConversationRefusedException e) {
      throw new ModelException("The model's template refuses: " + e.reason(), e);
    } catch (ChatTemplateException e) {
      throw new ModelException("The model's template failed: " + e.getMessage(), e);
    }
  }

  /**
   * Tries it: the text must arrive, and under a header that no other role has. Some templates
   * silently drop a role that they do not know, some refuse it, some take it for another.
   */
  private static boolean knowsMemory(ChatTemplate template) {
    Optional<String> own = header(template, Message.Role.MEMORY);
    return own.isPresent()
        && List.of(Message.Role.SYSTEM, Message.Role.USER, Message.Role.ASSISTANT).stream()
            .noneMatch(other -> header(template, other).equals(own));
  }

  /** Tries it: the tool must be told of, the call written in our form, its answer arrive. */
  private static boolean knowsTools(ChatTemplate template) {
    Message.Call call = new Message.Call("call-1", PROBE, "{\"qzkey\":\"qzvalue\"}");
    List<ChatMessage> probe =
        List.of(
            chatMessage(Message.user(ASKED)),
            chatMessage(Message.calling("", call)),
            chatMessage(Message.answering(call, ANSWERED)));
    ToolFace tool = new ToolFace(PROBE, PROBE, "{\"type\":\"object\"}");
    RenderOptions options =
        RenderOptions.at(PROBED_AT).withTools(ToolFormat.declarations(List.of(tool)));
    try {
      String prompt = template.render(probe, options);
      Matcher written = WRITTEN.matcher(prompt);
      return written.find()
          && prompt.indexOf(PROBE) < prompt.indexOf(ASKED)
          && prompt.indexOf(ANSWERED) > written.end();
    } catch (ChatTemplateException e) {
      return false;
    }
  }

  /** All that stands before the text of a first message of this role, where the text arrives. */
  private static Optional<String> header(ChatTemplate template, Message.Role role) {
    List<ChatMessage> probe =
        List.of(chatMessage(new Message(role, PROBE)), chatMessage(Message.user(ASKED)));
    try {
      String prompt = template.render(probe, RenderOptions.at(PROBED_AT));
      int at = prompt.indexOf(PROBE);
      boolean arrives = at >= 0 && prompt.indexOf(ASKED) > at;
      return arrives ? Optional.of(prompt.substring(0, at)) : Optional.empty();
    } catch (ChatTemplateException e) {
      // A refusal, or a template that stumbles over the role: it has no place for it.
      return Optional.empty();
    }
  }

  private static List<Message> folded(List<Message> messages) {
    List<Message> folded = new ArrayList<>();
    StringBuilder remembered = new StringBuilder();
    for (Message message : messages) {
      if (message.role() == Message.Role.MEMORY) {
        remembered.append(quoted(message.text()));
      } else if (message.role() == Message.Role.USER && !remembered.isEmpty()) {
        folded.add(Message.user(LEAD_IN + "\n" + remembered + "\n" + message.text()));
        remembered.setLength(0);
      } else {
        folded.add(message);
      }
    }
    return folded;
  }

  private static String quoted(String lines) {
    return lines.lines().map(line -> "> " + line + "\n").collect(Collectors.joining());
  }

  private static ChatMessage chatMessage(Message message) {
    Message.Call call = message.call();
    if (call != null) {
      return message.role() == Message.Role.TOOL
          ? ChatMessage.answering(call.id(), call.tool(), message.text())
          : ChatMessage.calling(
              message.text(),
              List.of(new ToolCall(call.id(), call.tool(), new JsonValue.Text(call.arguments()))));
    }
    return ChatMessage.of(
        switch (message.role()) {
          case SYSTEM -> "system";
          case MEMORY -> "memory";
          case USER -> "user";
          case ASSISTANT -> "assistant";
          case TOOL -> "tool";
        },
        message.text());
  }
}
