package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.MemoryKind;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * A message of an agent file.
 *
 * @param at when; where that is not said, when the one before it was
 */
record LettaMessage(Said said, @Nullable Instant at) {
  private static final String SPEAKING_TOOL = "send_message";

  /** Looks at a message; what is wrong with it is part of the answer. */
  static LettaMessage of(Json message, @Nullable LettaMessage before) {
    Instant at = before == null ? null : before.at;
    try {
      if (!(message instanceof Json.Members members)) {
        throw Fields.shape("A message is not an object.");
      }
      Fields fields = new Fields(members);
      Instant own = time(fields);
      at = own == null ? at : own;
      return new LettaMessage(said(fields), at);
    } catch (UnusableException e) {
      return new LettaMessage(new Said.Wrong(e), at);
    }
  }

  /** What becomes of it. */
  ImportItem item(Records records, Talk.Place place, Span span) {
    if (!(said instanceof Said.Words words)) {
      return Talk.item(records, said, place, span);
    }
    Draft draft =
        new Draft(
            MemoryKind.EPISODE,
            records.request().scope(),
            place.session(),
            words.id(),
            place.position(),
            words.text(),
            words.speaker(),
            at == null ? records.timeAt(place.position()) : at,
            words.metadata());
    return records.item(draft, words.isSanitised(), span);
  }

  private static Said said(Fields message) throws UnusableException {
    String role = message.needed("role");
    return switch (role) {
      case "system" -> new Said.Aside("hidden_or_system");
      case "tool" -> new Said.Aside("tool_or_code");
      case "approval" -> new Said.Aside(isBlank(message) ? "empty_message" : "tool_or_code");
      case "user" -> ofUser(message);
      case "assistant" -> ofAssistant(message);
      default ->
          throw new UnusableException(RejectionReason.UNKNOWN_ROLE, "The role is not known.");
    };
  }

  private static boolean isBlank(Fields message) throws UnusableException {
    String content = message.content("content");
    return content == null || content.isBlank();
  }

  /** What a user said may be wrapped with its time, and what the runtime said looks like it. */
  private static Said ofUser(Fields message) throws UnusableException {
    String content = message.content("content");
    Json.Members wrapped = content == null ? null : object(content);
    if (wrapped != null) {
      Fields event = new Fields(wrapped);
      if ("user_message".equals(event.value("type") instanceof Json.Text(String type) ? type : "")
          && event.value("message") instanceof Json.Text) {
        String text = event.needed("message");
        return words(message, "user", text, message.isSanitised() || event.isSanitised());
      }
      if (event.has("type") && (event.has("time") || event.has("last_login"))) {
        return new Said.Aside("runtime_event");
      }
    }
    return words(message, "user", content, message.isSanitised());
  }

  /** An agent that speaks by a tool writes into the message itself what it thinks. */
  private static Said ofAssistant(Fields message) throws UnusableException {
    StringJoiner spoken = new StringJoiner("\n");
    boolean isSpoken = false;
    boolean isSanitised = false;
    Json calls = message.value("tool_calls");
    for (Json call : calls instanceof Json.Items(List<Json> all) ? all : List.<Json>of()) {
      if (call instanceof Json.Members members
          && members.get("function") instanceof Json.Members function
          && function.get("name") instanceof Json.Text(String name)
          && name.equals(SPEAKING_TOOL)) {
        Fields arguments = new Fields(arguments(function));
        String said = arguments.text("message");
        if (said != null) {
          spoken.add(said);
          isSpoken = true;
        }
        isSanitised |= arguments.isSanitised();
      }
    }
    if (isSpoken) {
      return words(message, "assistant", spoken.toString(), isSanitised);
    }
    if (isBlank(message) && calls instanceof Json.Items(List<Json> all) && !all.isEmpty()) {
      return new Said.Aside("tool_or_code");
    }
    String content = message.content("content");
    return words(message, "assistant", content, message.isSanitised());
  }

  private static Said words(Fields message, String role, @Nullable String text, boolean isSanitised)
      throws UnusableException {
    if (text == null || text.isBlank()) {
      return new Said.Aside("empty_message");
    }
    String metadata = Fields.object(Map.of("role", new Json.Text(role)));
    return new Said.Words(message.id("id"), role, text, metadata, isSanitised);
  }

  private static Json.Members arguments(Json.Members function) throws UnusableException {
    Json written = function.get("arguments");
    Json read = written instanceof Json.Text(String text) ? object(text) : written;
    if (read instanceof Json.Members members) {
      return members;
    }
    throw Fields.shape("What was said by '" + SPEAKING_TOOL + "' cannot be read.");
  }

  /** The object that a text is; null where it is none. */
  private static Json.@Nullable Members object(String text) {
    if (!text.stripLeading().startsWith("{")) {
      return null;
    }
    try {
      return Json.read(text, false) instanceof Json.Members members ? members : null;
    } catch (UnusableException e) {
      // It only looked like one; then it is what somebody said.
      return null;
    }
  }

  private static @Nullable Instant time(Fields message) throws UnusableException {
    String written = message.text("created_at");
    if (written == null) {
      return null;
    }
    return Times.loose(written)
        .orElseThrow(() ->
            new UnusableException(RejectionReason.INVALID_TIME, "'created_at' is not a time."));
  }
}
