package dev.palimpsest.memory.importing;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages of LangChain and LangGraph, an element each: {@code {"type", "data": {…}}}, the inner
 * object alone, or a constructor with {@code kwargs}. They have no times and are one conversation.
 */
final class LangChainReader implements UnitReader {
  private static final Map<String, String> ROLES =
      Map.of("human", "user", "user", "user", "ai", "assistant", "assistant", "assistant");

  private final Talk talk;

  LangChainReader(Records records) {
    talk = new Talk(records);
  }

  @Override
  public List<ImportItem> read(Unit unit) {
    try {
      return List.of(talk.item(said(Json.readElement(unit)), unit.span()));
    } catch (UnusableException e) {
      return unit.bad(e);
    }
  }

  private static Said said(Json element) throws UnusableException {
    if (!(element instanceof Json.Members outer)) {
      throw Fields.shape("A message is not an object.");
    }
    if (outer.get("data") instanceof Json.Members inner) {
      return said(type(outer), new Fields(inner));
    }
    if (outer.get("kwargs") instanceof Json.Members inner) {
      return said(inner.get("type") == null ? constructed(outer) : type(inner), new Fields(inner));
    }
    return said(type(outer), new Fields(outer));
  }

  private static Said said(@Nullable String type, Fields message) throws UnusableException {
    // A message of any role says which one it has, and so does one that was never LangChain's own.
    String kind = type == null || type.equals("chat") ? message.needed("role") : type;
    if (kind.equals("remove")) {
      return new Said.Aside("removed_message");
    }
    if (Said.HIDDEN_ROLES.contains(kind)) {
      return new Said.Aside("hidden_or_system");
    }
    if (Said.TOOL_ROLES.contains(kind)) {
      return new Said.Aside("tool_or_code");
    }
    String role = ROLES.get(kind);
    if (role == null) {
      throw new UnusableException(RejectionReason.UNKNOWN_ROLE, "The type is not known.");
    }
    String text = message.content("content");
    if (text == null || text.isBlank()) {
      return new Said.Aside("empty_message");
    }
    String id = message.id("id");
    String name = message.name("name");
    String metadata = Fields.object(Map.of("role", new Json.Text(role)));
    return new Said.Words(id, name == null ? role : name, text, metadata, message.isSanitised());
  }

  private static @Nullable String type(Json.Members message) throws UnusableException {
    String type = new Fields(message).text("type");
    return type == null ? null : plain(type);
  }

  /** The last part of the constructor's path, such as {@code HumanMessage}. */
  private static @Nullable String constructed(Json.Members outer) {
    return outer.get("id") instanceof Json.Items(List<Json> path)
            && !path.isEmpty()
            && path.getLast() instanceof Json.Text(String name)
        ? plain(name)
        : null;
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceFirst("message(chunk)?$", "");
  }
}
