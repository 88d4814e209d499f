package dev.palimpsest.memory.importing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Cuts a short text at its headings. */
final class MarkdownSections {
  private MarkdownSections() {}

  /**
   * What stands under a heading.
   *
   * @param path the headings above it, with a number where they come again; empty before the first
   * @param text without blank lines around it
   */
  record Section(String path, String text) {}

  /** The sections in order; one before the first heading only where something stands there. */
  static List<Section> of(String text) {
    List<Section> sections = new ArrayList<>();
    Map<String, Integer> times = new HashMap<>();
    MarkdownHeadings headings = new MarkdownHeadings();
    String path = "";
    StringBuilder body = new StringBuilder();
    for (String line : text.split("\\R", -1)) {
      if (headings.take(line)) {
        close(path, body, sections);
        String name = String.join(" / ", headings.path());
        int time = times.merge(name, 1, Integer::sum);
        path = time == 1 ? name : name + " (" + time + ")";
      } else {
        body.append(line).append('\n');
      }
    }
    close(path, body, sections);
    return sections;
  }

  private static void close(String path, StringBuilder body, List<Section> sections) {
    String text = body.toString().strip();
    if (!text.isEmpty() || !path.isEmpty()) {
      sections.add(new Section(path, text));
    }
    body.setLength(0);
  }
}
