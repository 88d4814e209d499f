package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * A conversation of a Claude export. Where it names the message that was shown last, only the
 * branch that leads there was said; else all messages in their order. The text of an attachment
 * stands nowhere else and is a record of its own.
 */
final class ClaudeConversation {
  private static final Map<String, String> SPEAKERS =
      Map.of("human", "user", "assistant", "assistant");

  /** A message as it stands in the file; {@code id} is made up where it has none. */
  private record Message(String id, @Nullable String parent, Json json) {}

  private ClaudeConversation() {}

  /** Reads a conversation. */
  static Conversation read(Fields conversation) throws UnusableException {
    String id = conversation.id("uuid");
    if (id == null) {
      throw new UnusableException(RejectionReason.MISSING_NAME, "A conversation has no 'uuid'.");
    }
    if (!(conversation.value("chat_messages") instanceof Json.Items(List<Json> values))) {
      throw Fields.shape("'chat_messages' is not an array.");
    }
    if (values.size() > Conversation.TURNS_MAX) {
      throw Json.tooMuch();
    }
    List<Message> messages = messages(values);
    List<Message> branch = branch(messages, conversation.id("current_leaf_message_uuid"));
    List<Turn> turns = new ArrayList<>();
    for (int i = branch.size(); i < messages.size(); i++) {
      turns.add(new Turn.Aside("off_branch", null));
    }
    branch.forEach(message -> add(message, turns));
    return new Conversation(id, time(conversation.value("created_at")), turns);
  }

  /** A time with an offset; null for anything else. */
  static @Nullable Instant time(@Nullable Json written) {
    return written instanceof Json.Text(String text) ? Times.instant(text).orElse(null) : null;
  }

  private static List<Message> messages(List<Json> values) throws UnusableException {
    List<Message> messages = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      String id = null;
      String parent = null;
      if (values.get(i) instanceof Json.Members members) {
        Fields fields = new Fields(members);
        id = fields.id("uuid");
        parent = fields.id("parent_message_uuid");
      }
      messages.add(new Message(id == null ? "message " + i : id, parent, values.get(i)));
    }
    return messages;
  }

  private static List<Message> branch(List<Message> messages, @Nullable String leaf)
      throws UnusableException {
    Map<String, Message> byId = new HashMap<>();
    messages.forEach(message -> byId.putIfAbsent(message.id(), message));
    Message last = leaf == null ? null : byId.get(leaf);
    if (last == null) {
      return messages;
    }
    SequencedSet<Message> seen = new LinkedHashSet<>();
    for (Message at = last; at != null; at = at.parent() == null ? null : byId.get(at.parent())) {
      if (!seen.add(at)) {
        throw new UnusableException(
            RejectionReason.BROKEN_TREE, "The parents of its messages go round in a circle.");
      }
    }
    return List.copyOf(seen.reversed());
  }

  private static void add(Message message, List<Turn> turns) {
    try {
      if (!(message.json() instanceof Json.Members members)) {
        throw Fields.shape("A message is not an object.");
      }
      Fields fields = new Fields(members);
      String speaker = SPEAKERS.get(fields.needed("sender"));
      if (speaker == null) {
        throw new UnusableException(RejectionReason.UNKNOWN_ROLE, "The sender is not known.");
      }
      Instant at = time(fields.value("created_at"));
      turns.addAll(said(message.id(), speaker, fields, at));
      turns.addAll(attached(message.id(), speaker, fields, at));
    } catch (UnusableException e) {
      turns.add(new Turn.Wrong(e));
    }
  }

  /** Blocks, of which those with words make the text; the flat text only where there are none. */
  private static List<Turn> said(String id, String speaker, Fields message, @Nullable Instant at)
      throws UnusableException {
    List<Turn> turns = new ArrayList<>();
    List<Json> words = new ArrayList<>();
    Json content = message.value("content");
    List<Json> blocks = content instanceof Json.Items(List<Json> values) ? values : List.of();
    for (Json block : blocks) {
      String type = block instanceof Json.Members of ? new Fields(of).name("type") : "text";
      switch (type == null ? "text" : type) {
        case "text" -> words.add(block);
        case "thinking", "redacted_thinking" -> turns.add(new Turn.Aside("reasoning", at));
        default -> turns.add(new Turn.Aside("tool_or_code", at));
      }
    }
    Map<String, Json> blocksOnly = Map.of("content", new Json.Items(words));
    Fields source = blocks.isEmpty() ? message : new Fields(new Json.Members(blocksOnly));
    String text = blocks.isEmpty() ? message.text("text") : source.content("content");
    if (text != null && !text.isBlank()) {
      Map<String, Json> about = Map.of("role", new Json.Text(speaker));
      turns.add(
          new Turn.Words(id, speaker, text, at, MemoryKind.EPISODE, about, source.isSanitised()));
    } else if (turns.isEmpty()) {
      turns.add(new Turn.Aside("empty_message", at));
    }
    return turns;
  }

  private static List<Turn> attached(
      String id, String speaker, Fields message, @Nullable Instant at) throws UnusableException {
    if (!(message.value("attachments") instanceof Json.Items(List<Json> files))) {
      return List.of();
    }
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      Turn file = file(id, i, speaker, files.get(i), at);
      if (file != null) {
        turns.add(file);
      }
    }
    return turns;
  }

  /** The words of an attachment; null where there are none. */
  private static @Nullable Turn file(
      String id, int number, String speaker, Json file, @Nullable Instant at)
      throws UnusableException {
    Fields fields = new Fields(file instanceof Json.Members of ? of : new Json.Members(Map.of()));
    String text = fields.text("extracted_content");
    if (text == null || text.isBlank()) {
      return null;
    }
    Map<String, Json> about = new LinkedHashMap<>();
    about.put("attached_to", new Json.Text(id));
    if (fields.value("file_name") instanceof Json.Text name) {
      about.put("file_name", name);
    }
    return new Turn.Words(
        id + "/attachment/" + number,
        speaker,
        text,
        at,
        MemoryKind.EPISODE,
        about,
        fields.isSanitised());
  }
}
