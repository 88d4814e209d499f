package dev.palimpsest.memory.importing;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Lines of the OpenAI dialects: a whole conversation {@code {"messages": […]}}, or one item of a
 * Responses conversation, of which the file is one. Neither has times: a record happens at the base
 * time plus its position in its conversation. A conversation on a line has no name either and is
 * named after what is said in it, so that the same line is the same conversation wherever it
 * stands.
 */
final class OpenAiReader implements UnitReader {
  private static final String SESSION_OF_LINES = "conversation-";

  /** Items that are work of tools, beside all whose type ends in one of {@link #TOOL_ENDINGS}. */
  private static final Set<String> TOOL_TYPES =
      Set.of("mcp_list_tools", "mcp_approval_request", "mcp_approval_response");

  private static final Set<String> TOOL_ENDINGS =
      Set.of(
          "function_call",
          "tool_call",
          "web_search_call",
          "file_search_call",
          "computer_call",
          "code_interpreter_call",
          "image_generation_call",
          "shell_call",
          "apply_patch_call",
          "mcp_call");

  private final Records records;
  private final Talk talk;

  OpenAiReader(Records records) {
    this.records = records;
    talk = new Talk(records);
  }

  @Override
  public List<ImportItem> read(Unit unit) {
    Span span = unit.span();
    if (!unit.isTooLarge() && unit.isBlank()) {
      return skipped("blank_line", span);
    }
    try {
      if (!(Json.read(unit) instanceof Json.Members line)) {
        throw Fields.shape("It is not an object.");
      }
      return line.get("messages") == null ? item(line, span) : conversation(line, span);
    } catch (UnusableException e) {
      return unit.bad(e);
    }
  }

  private List<ImportItem> conversation(Json.Members line, Span span) throws UnusableException {
    if (!(line.get("messages") instanceof Json.Items(List<Json> messages))) {
      throw Fields.shape("'messages' is not an array.");
    }
    if (messages.isEmpty()) {
      return skipped("empty_conversation", span);
    }
    List<Said> all = messages.stream().map(Said::of).toList();
    String session = SESSION_OF_LINES + digest(all);
    List<ImportItem> items = new ArrayList<>();
    long position = 0;
    for (int i = 0; i < all.size(); i++) {
      // The line is done with its last message.
      long end = i + 1 == all.size() ? span.end() : span.start();
      Talk.Place place = new Talk.Place(session, position);
      items.add(Talk.item(records, all.get(i), place, new Span(span.start(), end)));
      position += all.get(i) instanceof Said.Words ? 1 : 0;
    }
    return items;
  }

  private List<ImportItem> item(Json.Members line, Span span) throws UnusableException {
    String type = new Fields(line).text("type");
    if (type == null || type.equals("message")) {
      return List.of(talk.item(Said.of(line), span));
    }
    if (type.equals("reasoning")) {
      return skipped("reasoning", span);
    }
    if (type.equals("compaction")) {
      return skipped("opaque_compaction", span);
    }
    if (isTool(type)) {
      return skipped("tool_or_code", span);
    }
    throw Fields.shape("The type of the item is not known.");
  }

  private static List<ImportItem> skipped(String why, Span span) {
    return List.of(new ImportItem.Skipped(why, span.start(), span.end()));
  }

  private static boolean isTool(String type) {
    String call =
        type.endsWith("_output") ? type.substring(0, type.length() - "_output".length()) : type;
    return TOOL_TYPES.contains(type) || TOOL_ENDINGS.stream().anyMatch(call::endsWith);
  }

  private static String digest(List<Said> all) {
    NameDigest name = new NameDigest();
    for (Said said : all) {
      if (said instanceof Said.Words words) {
        name.add(words.metadata()).add(words.speaker()).add(words.text());
      }
    }
    return name.name();
  }
}
