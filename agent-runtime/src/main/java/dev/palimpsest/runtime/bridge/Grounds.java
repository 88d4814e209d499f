package dev.palimpsest.runtime.bridge;

import java.util.List;

/**
 * What a grounded answer may be made of: spans of these texts, a few connecting phrases, or the
 * refusal.
 *
 * @param lines the recalled memories as the prompt shows them, one a line, for example {@code [5
 *     March 2023] Mara: I moved to Oslo.}; citations name them by their index
 * @param question the user's words, which may be repeated and are not cited
 */
public record Grounds(List<String> lines, String question) {
  /** Copies the lines. */
  public Grounds {
    lines = List.copyOf(lines);
  }
}
