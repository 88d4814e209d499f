package dev.palimpsest.engine.ground;

import java.util.List;

/**
 * A text that may be copied from.
 *
 * @param text as the prompt shows it; line breaks end a part
 * @param parts what of it may be copied; no span runs over the end of a part
 */
public record Source(String text, List<Part> parts) {
  /**
   * A piece of a text, in UTF-16 units.
   *
   * @param start where it begins
   * @param end where it ends, exclusive
   */
  public record Part(int start, int end) {}

  /** Checks that the parts lie in the text. */
  public Source {
    parts = List.copyOf(parts);
    for (Part part : parts) {
      if (part.start() < 0 || part.start() > part.end() || part.end() > text.length()) {
        throw new IllegalArgumentException(part + " of a text of " + text.length());
      }
    }
  }

  /** A text of which all may be copied. */
  public static Source of(String text) {
    return new Source(text, List.of(new Part(0, text.length())));
  }
}
