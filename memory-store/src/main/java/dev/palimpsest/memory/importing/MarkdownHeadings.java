package dev.palimpsest.memory.importing;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Follows the lines of a Markdown file: which of them are headings ({@code #} to {@code ######},
 * and not within fenced code), and under which headings the text is. Used by one thread.
 */
final class MarkdownHeadings {
  private static final Pattern HEADING =
      Pattern.compile(" {0,3}(#{1,6})(?:[ \\t]+(.*?))?(?:[ \\t]+#+)?[ \\t]*");
  private static final Pattern FENCE = Pattern.compile(" {0,3}(`{3,}|~{3,})(.*)");

  private final List<String> titles = new ArrayList<>();
  private final List<Integer> levels = new ArrayList<>();
  private String fence = "";

  /** Whether the line is a heading; then it is the innermost from now on. */
  boolean take(String line) {
    Matcher mark = FENCE.matcher(line);
    if (mark.matches()) {
      fence(mark.group(1), mark.group(2));
      return false;
    }
    Matcher heading = HEADING.matcher(line);
    if (!fence.isEmpty() || !heading.matches()) {
      return false;
    }
    open(heading.group(1).length(), heading.group(2) == null ? "" : heading.group(2).strip());
    return true;
  }

  /** The headings around the text, outermost first. */
  List<String> path() {
    return List.copyOf(titles);
  }

  /** A fence is closed by one of its kind that is no shorter and says nothing more. */
  private void fence(String mark, String rest) {
    if (fence.isEmpty()) {
      boolean isCode = mark.charAt(0) == '~' || rest.indexOf('`') < 0;
      fence = isCode ? mark : "";
    } else if (mark.charAt(0) == fence.charAt(0)
        && mark.length() >= fence.length()
        && rest.isBlank()) {
      fence = "";
    }
  }

  private void open(int level, String title) {
    while (!levels.isEmpty() && levels.getLast() >= level) {
      levels.removeLast();
      titles.removeLast();
    }
    levels.add(level);
    titles.add(title);
  }
}
