package dev.palimpsest.memory.importing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The lines between two {@code ---} at the beginning of a Markdown file, of which those of the
 * shape {@code name: value} are read. Used by one thread.
 */
final class FrontMatter {
  private static final String MARK = "---";
  private static final int LINES_MAX = 500;
  private static final int CHARACTERS_MAX = 1 << 14;
  private static final List<String> TIMES = List.of("date", "created", "created_at", "time");

  private final List<String> lines = new ArrayList<>();
  private final Map<String, Json> values = new LinkedHashMap<>();
  private int characters;
  private boolean isOpen = true;

  /** Whether the line belongs to it; once one does not, none does. */
  boolean take(String line) {
    if (!isOpen) {
      return false;
    }
    boolean isFirst = lines.isEmpty();
    boolean isMark = line.stripTrailing().equals(MARK);
    characters += line.length();
    if ((isFirst && !isMark) || lines.size() == LINES_MAX || characters > CHARACTERS_MAX) {
      isOpen = false;
      return false;
    }
    lines.add(line);
    if (!isFirst && (isMark || line.stripTrailing().equals("..."))) {
      lines.forEach(this::read);
      lines.clear();
      isOpen = false;
    }
    return true;
  }

  /** Lines that were taken for it and are text, since it never ended. Empties the list. */
  List<String> takenBack() {
    List<String> back = List.copyOf(lines);
    lines.clear();
    isOpen = false;
    return back;
  }

  /** What it says, as it is written there. */
  Map<String, Json> values() {
    return values;
  }

  /** When the file says it was written; null where it does not. */
  @Nullable Instant time() {
    return TIMES.stream()
        .map(values::get)
        .map(value -> value instanceof Json.Text(String written) ? written : "")
        .map(Times::loose)
        .flatMap(Optional::stream)
        .findFirst()
        .orElse(null);
  }

  private void read(String line) {
    int colon = line.indexOf(':');
    boolean isIndented = line.startsWith(" ") || line.startsWith("\t") || line.startsWith("-");
    String value = colon < 0 ? "" : line.substring(colon + 1).strip();
    if (colon > 0 && !isIndented && !value.isEmpty()) {
      values.put(line.substring(0, colon).strip(), new Json.Text(unquoted(value)));
    }
  }

  private static String unquoted(String value) {
    boolean isQuoted =
        value.length() > 1
            && (value.startsWith("\"") || value.startsWith("'"))
            && value.charAt(0) == value.charAt(value.length() - 1);
    return isQuoted ? value.substring(1, value.length() - 1) : value;
  }
}
