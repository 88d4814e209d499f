package dev.palimpsest.memory.importing;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Messages of LangChain4j, an element each. They have neither times nor ids. */
final class LangChain4jReader implements UnitReader {
  private final Talk talk;

  LangChain4jReader(Records records) {
    talk = new Talk(records);
  }

  @Override
  public List<ImportItem> read(Unit unit) {
    try {
      if (Json.readElement(unit) instanceof Json.Members members) {
        return List.of(talk.item(said(new Fields(members)), unit.span()));
      }
      throw Fields.shape("A message is not an object.");
    } catch (UnusableException e) {
      return unit.bad(e);
    }
  }

  private static Said said(Fields message) throws UnusableException {
    return switch (message.needed("type")) {
      case "SYSTEM" -> new Said.Aside("hidden_or_system");
      case "TOOL_EXECUTION_RESULT" -> new Said.Aside("tool_or_code");
      case "USER" -> words(message, "user");
      case "AI" -> words(message, "assistant");
      default ->
          throw new UnusableException(RejectionReason.UNKNOWN_ROLE, "The type is not known.");
    };
  }

  private static Said words(Fields message, String role) throws UnusableException {
    String plain = message.text("text");
    String text = plain == null ? message.content("contents") : plain;
    if (text == null || text.isBlank()) {
      return new Said.Aside("empty_message");
    }
    Map<String, Json> metadata = new LinkedHashMap<>();
    metadata.put("role", new Json.Text(role));
    String name = message.name("name");
    if (name != null) {
      metadata.put("name", new Json.Text(name));
    }
    String written = Fields.object(metadata);
    return new Said.Words(null, role, text, written, message.isSanitised());
  }
}
