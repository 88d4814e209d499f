package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.session.Quote;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * A memory as the model reads it, on one line: {@code [5 March 2023] Mara: I moved to Oslo.} The
 * day is UTC's and absent where nobody knows it; so is a speaker that nobody named. Every character
 * after the head stands for exactly one of the memory's text, so that a place in the line is a
 * place in the memory.
 *
 * @param memory what is quoted
 * @param text the line
 * @param head length of what stands before the memory's own words, in UTF-16 units
 * @param quoted how many units of the memory's text the line holds
 */
record MemoryLine(Memory memory, String text, int head, int quoted) {
  /** A longer memory is cut here, in UTF-16 units of its text, and ends with an ellipsis. */
  static final int TEXT_CHARACTERS_MAX = 600;

  private static final int SPEAKER_CHARACTERS_MAX = 80;
  private static final String ELLIPSIS = "…";
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  /**
   * Makes the line of a memory.
   *
   * @param harmless takes from a text what its reader would take for a command, unit by unit
   */
  static MemoryLine of(Memory memory, UnaryOperator<String> harmless) {
    String head = head(memory);
    String words = memory.text();
    int length = cut(words, TEXT_CHARACTERS_MAX);
    String line = oneLine(head + words.substring(0, length));
    String safe = harmless.apply(line);
    if (safe.length() != line.length()) {
      throw new IllegalStateException("what is made harmless keeps its length");
    }
    String end = length < words.length() ? ELLIPSIS : "";
    return new MemoryLine(memory, safe + end, head.length(), length);
  }

  /**
   * Says of a span of this line that stands in an answer what it quotes. A span of the head alone,
   * such as the day, is vouched for by the memory as a whole.
   *
   * @param start where it begins in the answer
   * @param end where it ends in the answer
   * @param lineStart where it begins in this line
   * @param lineEnd where it ends in this line
   */
  Quote quote(int start, int end, int lineStart, int lineEnd) {
    int from = Math.clamp(lineStart - head, 0, quoted);
    int to = Math.clamp(lineEnd - head, 0, quoted);
    boolean isOfHead = from >= to;
    return new Quote(
        start,
        end,
        memory.id(),
        memory.version(),
        isOfHead ? 0 : from,
        isOfHead ? memory.text().length() : to);
  }

  private static String head(Memory memory) {
    Instant at = memory.content().happenedAt();
    String day = at == null ? "" : "[" + DAY.format(at) + "] ";
    String speaker = memory.content().speaker();
    if (speaker == null || speaker.isBlank()) {
      return day;
    }
    return day + speaker.strip().substring(0, cut(speaker.strip(), SPEAKER_CHARACTERS_MAX)) + ": ";
  }

  /** What ends a line anywhere, and other controls, becomes a space. */
  private static String oneLine(String text) {
    StringBuilder line = new StringBuilder(text);
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
        line.setCharAt(i, ' ');
      }
    }
    return line.toString();
  }

  /** The longest beginning of at most {@code most} units that does not cut a character. */
  private static int cut(String text, int most) {
    if (text.length() <= most) {
      return text.length();
    }
    return Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
  }
}
