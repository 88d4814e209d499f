package dev.palimpsest.memory.importing;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a message of the OpenAI dialects is to a memory: words of a person or an assistant,
 * something else that belongs to the machinery, or nothing that can be used.
 */
sealed interface Said {
  /** Who gives orders and says nothing to remember. */
  Set<String> HIDDEN_ROLES = Set.of("system", "developer");

  /** What tools say. */
  Set<String> TOOL_ROLES = Set.of("tool", "function");

  /** Whose words are kept. */
  Set<String> SPEAKING_ROLES = Set.of("user", "assistant");

  /**
   * Words.
   *
   * @param id of the message; null where it has none
   * @param speaker by name, else by role
   * @param metadata the role
   */
  record Words(
      @Nullable String id, String speaker, String text, String metadata, boolean isSanitised)
      implements Said {}

  /** Nothing to remember, for this reason. */
  record Aside(String why) implements Said {}

  /** Not usable. */
  record Wrong(UnusableException why) implements Said {}

  /** Looks at one message. */
  static Said of(Json message) {
    try {
      if (message instanceof Json.Members members) {
        return of(new Fields(members));
      }
      return new Wrong(Fields.shape("A message is not an object."));
    } catch (UnusableException e) {
      return new Wrong(e);
    }
  }

  private static Said of(Fields message) throws UnusableException {
    String role = message.needed("role");
    if (HIDDEN_ROLES.contains(role)) {
      return new Aside("hidden_or_system");
    }
    if (TOOL_ROLES.contains(role)) {
      return new Aside("tool_or_code");
    }
    if (!SPEAKING_ROLES.contains(role)) {
      throw new UnusableException(RejectionReason.UNKNOWN_ROLE, "The role is not known.");
    }
    String content = message.content("content");
    String text = content == null ? message.text("refusal") : content;
    if (text == null || text.isBlank()) {
      return new Aside("empty_message");
    }
    String id = message.id("id");
    String name = message.name("name");
    String metadata =
        new Fields(new Json.Members(Map.of("role", new Json.Text(role))))
            .without(Map.of(), List.of());
    return new Words(id, name == null ? role : name, text, metadata, message.isSanitised());
  }
}
