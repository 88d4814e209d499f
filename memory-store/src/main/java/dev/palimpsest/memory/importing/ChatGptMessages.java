package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a message of a ChatGPT export is to a memory. */
final class ChatGptMessages {
  private static final Set<String> REASONING = Set.of("thoughts", "reasoning_recap");
  private static final Set<String> WORDS = Set.of("text", "multimodal_text");
  private static final String INSTRUCTIONS = "user_editable_context";

  private ChatGptMessages() {}

  /**
   * Looks at the message of a node; null where there is none.
   *
   * @param id of the node
   */
  static @Nullable Turn turn(String id, @Nullable Json message) {
    if (message == null) {
      return null;
    }
    try {
      if (message instanceof Json.Members members) {
        return turn(id, new Fields(members));
      }
      return new Turn.Wrong(Fields.shape("A message is not an object."));
    } catch (UnusableException e) {
      return new Turn.Wrong(e);
    }
  }

  /** Seconds since 1970 with a fraction; null for anything else. */
  static @Nullable Instant time(@Nullable Json written) {
    return written instanceof Json.Plain(String seconds)
        ? Times.epochSeconds(seconds).orElse(null)
        : null;
  }

  private static Turn turn(String nodeId, Fields message) throws UnusableException {
    Instant at = time(message.value("create_time"));
    Fields content = message.inner("content");
    String type = content.has("content_type") ? content.needed("content_type") : "text";
    String role = message.inner("author").needed("role");
    if (type.equals(INSTRUCTIONS)) {
      return instructions(nodeId, content, at);
    }
    if (role.equals("system") || isHidden(message)) {
      return new Turn.Aside("hidden_or_system", at);
    }
    if (REASONING.contains(type)) {
      return new Turn.Aside("reasoning", at);
    }
    String recipient = message.has("recipient") ? message.text("recipient") : "all";
    if (role.equals("tool") || !"all".equals(recipient) || !WORDS.contains(type)) {
      return new Turn.Aside("tool_or_code", at);
    }
    if (!Said.SPEAKING_ROLES.contains(role)) {
      throw new UnusableException(RejectionReason.UNKNOWN_ROLE, "The role is not known.");
    }
    String text = content.content("parts");
    if (text == null || text.isBlank()) {
      return new Turn.Aside("empty_message", at);
    }
    boolean isSanitised = content.isSanitised();
    return new Turn.Words(
        nodeId, role, text, at, MemoryKind.EPISODE, about(role, message), isSanitised);
  }

  private static boolean isHidden(Fields message) throws UnusableException {
    boolean weighsNothing =
        message.value("weight") instanceof Json.Plain(String weight)
            && (weight.equals("0") || weight.equals("0.0"));
    Json hidden = message.inner("metadata").value("is_visually_hidden_from_conversation");
    return weighsNothing || (hidden instanceof Json.Plain(String is) && is.equals("true"));
  }

  /** What the person wants to be known always. */
  private static Turn instructions(String id, Fields content, @Nullable Instant at)
      throws UnusableException {
    String text =
        Stream.of(content.name("user_profile"), content.name("user_instructions"))
            .filter(Objects::nonNull)
            .collect(Collectors.joining("\n"));
    if (text.isBlank()) {
      return new Turn.Aside("empty_message", at);
    }
    Map<String, Json> about = Map.of("from", new Json.Text(INSTRUCTIONS));
    return new Turn.Words(id, "user", text, at, MemoryKind.PINNED, about, content.isSanitised());
  }

  private static Map<String, Json> about(String role, Fields message) throws UnusableException {
    Map<String, Json> about = new LinkedHashMap<>();
    about.put("role", new Json.Text(role));
    Json model = message.inner("metadata").value("model_slug");
    if (model instanceof Json.Text) {
      about.put("model", model);
    }
    Json attached = message.inner("metadata").value("attachments");
    if (attached instanceof Json.Items(List<Json> files) && !files.isEmpty()) {
      about.put("attachments", attached);
    }
    return about;
  }
}
