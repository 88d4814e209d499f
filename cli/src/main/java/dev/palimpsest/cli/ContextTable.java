package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What is in a session's window, as a person wants to see it; foreign text, printed with care. */
final class ContextTable {
  private static final int WORD_CHARS_MAX = 40;

  private ContextTable() {}

  /** A table of the segments, oldest first, and a line or two about the whole. */
  static List<String> lines(JsonNode window) {
    Table table = new Table(List.of("segment", "id", "tokens", "tier", "label"));
    for (JsonNode segment : window.path("segments")) {
      table.row(
          List.of(
              word(segment, "kind"),
              word(segment, "id"),
              number(segment, "tokens"),
              word(segment, "tier"),
              word(segment, "label")));
    }
    List<String> lines = new ArrayList<>(table.toString().lines().toList());
    lines.add(
        number(window, "tokens") + " of " + number(window, "window_tokens") + " tokens are taken");
    JsonNode compaction = window.path("compaction");
    if (compaction.isObject()) {
      lines.add(
          number(compaction, "tokens_before")
              + " tokens are kept as "
              + number(compaction, "tokens_after")
              + " ("
              + word(compaction, "policy")
              + "), "
              + number(compaction, "bytes_before")
              + " bytes as "
              + number(compaction, "bytes_after")
              + (compaction.path("in_use").asBoolean() ? "" : "; the window begins otherwise now"));
    }
    return lines;
  }

  private static String word(JsonNode node, String name) {
    JsonNode value = node.path(name);
    return value.isTextual() ? SafeText.line(value.textValue(), WORD_CHARS_MAX) : "";
  }

  private static String number(JsonNode node, String name) {
    return String.format(Locale.ROOT, "%,d", node.path(name).asLong());
  }
}
