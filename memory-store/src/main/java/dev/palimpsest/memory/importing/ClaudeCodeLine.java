package dev.palimpsest.memory.importing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * What a line of a Claude Code session is, as far as it must be kept until the branch is known.
 *
 * @param uuid its id; null where nothing can follow it
 * @param parent what it follows
 * @param session the conversation
 * @param isSide whether it is an errand of a helper
 * @param isTurn whether a user or an assistant wrote it
 * @param asides why parts of it are no record
 * @param words what it says; null where it says nothing
 * @param wrong why it cannot be used; null where it can
 */
record ClaudeCodeLine(
    Span span,
    @Nullable String uuid,
    @Nullable String parent,
    String session,
    boolean isSide,
    boolean isTurn,
    List<String> asides,
    @Nullable Words words,
    @Nullable UnusableException wrong) {
  private static final Set<String> TURNS = Set.of("user", "assistant");
  private static final String UNNAMED = "session";

  /** Members that say that the program wrote the line and not who it seems to be from. */
  private static final List<String> OF_THE_PROGRAM =
      List.of("isMeta", "isCompactSummary", "isApiErrorMessage");

  /**
   * Words.
   *
   * @param at when; null where it is not said
   */
  record Words(
      String speaker, String text, @Nullable Instant at, String metadata, boolean isSanitised) {}

  /** Looks at a line; what is wrong with it is part of the answer. */
  static ClaudeCodeLine of(Unit unit) {
    Span span = unit.span();
    if (!unit.isTooLarge() && unit.isBlank()) {
      return aside(new Fields(new Json.Members(Map.of())), span, null, "blank_line");
    }
    try {
      if (Json.read(unit) instanceof Json.Members members) {
        return of(new Fields(members), span);
      }
      throw Fields.shape("It is not an object.");
    } catch (UnusableException e) {
      return new ClaudeCodeLine(span, null, null, UNNAMED, false, false, List.of(), null, e);
    }
  }

  private static ClaudeCodeLine of(Fields line, Span span) throws UnusableException {
    String type = line.needed("type");
    String uuid = line.name("uuid");
    if (!TURNS.contains(type)) {
      String why = type.equals("summary") ? "summary_line" : "runtime_event";
      return aside(line, span, uuid, type.equals("system") ? "hidden_or_system" : why);
    }
    if (uuid == null) {
      throw new UnusableException(RejectionReason.MISSING_NAME, "There is no 'uuid'.");
    }
    if (OF_THE_PROGRAM.stream().anyMatch(name -> isTrue(line, name))) {
      return aside(line, span, uuid, "runtime_event");
    }
    if (!(line.value("message") instanceof Json.Members message)) {
      throw Fields.shape("There is no 'message'.");
    }
    return turn(line, span, new Fields(message), type);
  }

  private static ClaudeCodeLine turn(Fields line, Span span, Fields message, String type)
      throws UnusableException {
    String role = message.has("role") ? message.needed("role") : type;
    if (!TURNS.contains(role)) {
      throw new UnusableException(RejectionReason.UNKNOWN_ROLE, "The role is not known.");
    }
    Instant at = time(line);
    List<String> asides = new ArrayList<>();
    String text = text(message, asides);
    if (text.isBlank() && asides.isEmpty()) {
      asides.add("empty_message");
    }
    Map<String, Json> metadata = new LinkedHashMap<>();
    metadata.put("role", new Json.Text(role));
    for (String name : List.of("cwd", "gitBranch")) {
      Json value = line.value(name);
      if (value instanceof Json.Text) {
        metadata.put(name, value);
      }
    }
    String written = Fields.object(metadata);
    Words words = text.isBlank() ? null : new Words(role, text, at, written, message.isSanitised());
    return new ClaudeCodeLine(
        span,
        line.name("uuid"),
        parent(line),
        session(line),
        isTrue(line, "isSidechain"),
        true,
        List.copyOf(asides),
        words,
        null);
  }

  private static ClaudeCodeLine aside(Fields line, Span span, @Nullable String uuid, String why) {
    try {
      boolean isSide = isTrue(line, "isSidechain");
      return new ClaudeCodeLine(
          span, uuid, parent(line), session(line), isSide, false, List.of(why), null, null);
    } catch (UnusableException e) {
      // What is no record anyway need not hang together with anything.
      return new ClaudeCodeLine(span, null, null, UNNAMED, false, false, List.of(why), null, null);
    }
  }

  /** The texts of a message; whatever else is in it is an aside. */
  private static String text(Fields message, List<String> asides) throws UnusableException {
    Json content = message.value("content");
    if (!(content instanceof Json.Items(List<Json> blocks))) {
      String plain = message.text("content");
      return plain == null ? "" : plain;
    }
    StringJoiner text = new StringJoiner("\n");
    for (Json block : blocks) {
      if (!(block instanceof Json.Members members)) {
        throw Fields.shape("A block of the content is not an object.");
      }
      String type = message.inner(members, "type");
      String words = "text".equals(type) ? message.inner(members, "text") : null;
      if (words == null) {
        asides.add(aside(type == null ? "" : type));
      } else {
        text.add(words);
      }
    }
    return text.toString();
  }

  private static String aside(String block) {
    if (block.endsWith("thinking")) {
      return "reasoning";
    }
    boolean isTool = block.contains("tool_") || block.endsWith("_use");
    return isTool ? "tool_or_code" : "attachment";
  }

  /** After the talk was shortened the link to what was before has another name. */
  private static @Nullable String parent(Fields line) throws UnusableException {
    String parent = line.name("parentUuid");
    return parent == null ? line.name("logicalParentUuid") : parent;
  }

  private static String session(Fields line) throws UnusableException {
    String session = line.name("sessionId");
    return session == null ? UNNAMED : session;
  }

  private static @Nullable Instant time(Fields line) throws UnusableException {
    String written = line.text("timestamp");
    if (written == null) {
      return null;
    }
    return Times.instant(written)
        .orElseThrow(() ->
            new UnusableException(
                RejectionReason.INVALID_TIME, "'timestamp' is not a time with an offset."));
  }

  private static boolean isTrue(Fields line, String name) {
    return line.value(name) instanceof Json.Plain(String written) && written.equals("true");
  }
}
