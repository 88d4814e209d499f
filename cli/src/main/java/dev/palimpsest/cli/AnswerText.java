package dev.palimpsest.cli;

/**
 * The answer as far as the reader has seen it. After a restart, or when a client comes late, the
 * service tells the answer from its beginning; what comes again is compared with what was shown and
 * only the rest passes. Where the two differ the reader gets the new text whole and is told so.
 */
final class AnswerText {
  /** Far more than any answer; beyond it text still passes but is no longer compared. */
  static final int COMPARED_CHARS_MAX = 4 << 20;

  private final StringBuilder shown = new StringBuilder();
  private boolean repeating;
  private int repeated;

  /**
   * What to show now.
   *
   * @param anew whether this replaces what was shown so far
   */
  record Piece(String text, boolean anew) {}

  /** From here on the answer comes from its beginning once more. */
  void repeat() {
    repeating = shown.length() > 0;
    repeated = 0;
  }

  boolean isEmpty() {
    return shown.length() == 0;
  }

  /** Takes the next piece of the stream. */
  Piece next(String text) {
    if (!repeating) {
      keep(text);
      return new Piece(text, false);
    }
    int common = Math.min(text.length(), shown.length() - repeated);
    if (!text.startsWith(shown.substring(repeated, repeated + common))) {
      return anew(shown.substring(0, repeated) + text);
    }
    repeated += common;
    repeating = repeated < shown.length();
    String rest = text.substring(common);
    keep(rest);
    return new Piece(rest, false);
  }

  /** Takes the whole answer as the service stored it and gives what of it was not shown yet. */
  Piece whole(String output) {
    repeating = false;
    if (shown.length() >= COMPARED_CHARS_MAX) {
      return new Piece("", false);
    }
    if (!output.startsWith(shown.toString())) {
      return anew(output);
    }
    String rest = output.substring(shown.length());
    keep(rest);
    return new Piece(rest, false);
  }

  private Piece anew(String text) {
    repeating = false;
    shown.setLength(0);
    keep(text);
    return new Piece(text, true);
  }

  private void keep(String text) {
    if (shown.length() < COMPARED_CHARS_MAX) {
      shown.append(text);
    }
  }
}
