package dev.palimpsest.engine;

import dev.palimpsest.engine.token.Utf8Decoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Turns the pieces of one generation into text that may be shown: whole characters, up to the first
 * stop sequence. What could still become a stop sequence is held back. For the engine thread.
 */
final class TextStream {
  private final Utf8Decoder decoder = new Utf8Decoder();
  private final StringBuilder held = new StringBuilder();
  private final List<String> stops;
  private boolean isStopped;

  TextStream(List<String> stops) {
    this.stops = stops;
  }

  /** Whether a stop sequence was found; nothing is to be appended any more. */
  boolean isStopped() {
    return isStopped;
  }

  /** How many bytes of UTF-8 were written from the stop sequence on; 0 without one. */
  int cutBytes() {
    return isStopped ? held.toString().getBytes(StandardCharsets.UTF_8).length : 0;
  }

  /** The text that is certain after this piece; may be empty. */
  String append(byte[] piece) {
    String text = decoder.append(piece);
    if (stops.isEmpty()) {
      return text;
    }
    held.append(text);
    return release(firstStop(), heldBack());
  }

  /** The end of the generation: what was held back, up to a stop sequence. */
  String flush() {
    held.append(decoder.flush());
    return isStopped ? "" : release(firstStop(), 0);
  }

  private String release(int stop, int back) {
    isStopped = stop >= 0;
    int end = isStopped ? stop : held.length() - back;
    String text = held.substring(0, end);
    held.delete(0, end);
    return text;
  }

  /**
   * Where the stop sequence begins that is complete first, the longest of several, or -1. That
   * choice does not depend on how the text was cut into pieces.
   */
  private int firstStop() {
    int first = -1;
    int firstEnd = Integer.MAX_VALUE;
    for (int i = 0; i < stops.size(); i++) {
      int at = held.indexOf(stops.get(i));
      int end = at + stops.get(i).length();
      if (at >= 0 && (end < firstEnd || (end == firstEnd && at < first))) {
        first = at;
        firstEnd = end;
      }
    }
    return first;
  }

  /** Length of the longest end of the text with which a stop sequence begins. */
  private int heldBack() {
    int longest = 0;
    for (int i = 0; i < stops.size(); i++) {
      longest = Math.max(longest, overlap(stops.get(i)));
    }
    return longest;
  }

  private int overlap(String stop) {
    for (int length = Math.min(stop.length() - 1, held.length()); length > 0; length--) {
      if (endsWith(stop, length)) {
        return length;
      }
    }
    return 0;
  }

  private boolean endsWith(String stop, int length) {
    int start = held.length() - length;
    for (int i = 0; i < length; i++) {
      if (held.charAt(start + i) != stop.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
