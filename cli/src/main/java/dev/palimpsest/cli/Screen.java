package dev.palimpsest.cli;

import java.util.Map;

/**
 * What is known about the two ends that a command prints to.
 *
 * @param columns width of standard output's lines in characters
 * @param paints whether standard error is a terminal, on which a line can be overwritten
 */
record Screen(int columns, boolean paints) {
  private static final int COLUMNS_DEFAULT = 96;
  private static final int COLUMNS_MIN = 40;
  private static final int COLUMNS_MAX = 120;

  Screen {
    columns = Math.clamp(columns, COLUMNS_MIN, COLUMNS_MAX);
  }

  /** Takes what the launcher found out: {@code COLUMNS} and {@code PALIMPSEST_PAINT}. */
  static Screen of(Map<String, String> environment) {
    String columns = environment.getOrDefault("COLUMNS", "");
    return new Screen(
        columns.matches("[0-9]{1,5}") ? Integer.parseInt(columns) : COLUMNS_DEFAULT,
        environment.containsKey("PALIMPSEST_PAINT"));
  }
}
