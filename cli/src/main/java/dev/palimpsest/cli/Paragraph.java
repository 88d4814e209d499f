package dev.palimpsest.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Text broken into lines of a limited width, between words where that is possible. */
final class Paragraph {
  private static final Pattern WORD = Pattern.compile("\\S+");

  private Paragraph() {}

  /**
   * Breaks {@code text} into lines of at most {@code columns} characters (code points); its own
   * line breaks stay, a word that is longer than a line is cut.
   */
  static List<String> lines(String text, int columns) {
    List<String> lines = new ArrayList<>();
    for (String given : text.split("\n", -1)) {
      wrap(given.strip(), columns, lines);
    }
    return lines;
  }

  private static void wrap(String text, int columns, List<String> lines) {
    StringBuilder line = new StringBuilder();
    int width = 0;
    for (MatchResult word : WORD.matcher(text).results().toList()) {
      String rest = word.group();
      int length = rest.codePointCount(0, rest.length());
      if (width > 0 && width + 1 + length > columns) {
        lines.add(line.toString());
        line.setLength(0);
        width = 0;
      }
      while (length > columns) {
        int cut = rest.offsetByCodePoints(0, columns);
        lines.add(rest.substring(0, cut));
        rest = rest.substring(cut);
        length -= columns;
      }
      line.append(width > 0 ? " " : "").append(rest);
      width += (width > 0 ? 1 : 0) + length;
    }
    lines.add(line.toString());
  }
}
