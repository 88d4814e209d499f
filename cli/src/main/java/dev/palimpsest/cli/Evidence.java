package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What an answer rests on, as its turn tells it; foreign text, to be printed with care.
 *
 * @param quotes what stands in the answer word for word, each once, in order
 * @param recalled what was looked up before, best first
 * @param sure how often an answer like this one is right, where the service knows that
 */
record Evidence(List<Piece> quotes, List<Piece> recalled, OptionalDouble sure) {
  /** Of an answer that rests on nothing. */
  static final Evidence NONE = new Evidence(List.of(), List.of(), OptionalDouble.empty());

  /** A longer line is cut where it is shown. */
  static final int LINE_CHARS_MAX = 400;

  private static final int PIECES_MAX = 200;
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  Evidence {
    quotes = List.copyOf(quotes);
    recalled = List.copyOf(recalled);
  }

  /**
   * Words of a memory and where they come from.
   *
   * @param day of UTC; empty where nobody knows it
   * @param speaker empty where nobody said it
   * @param source empty where it is gone
   */
  record Piece(String words, String day, String speaker, String source) {
    /** For a person: {@code “I moved to Oslo.” Mara, 5 March 2023 (session)}. */
    String line() {
      List<String> who = new ArrayList<>();
      for (String part : List.of(speaker, day)) {
        if (!part.isEmpty()) {
          who.add(part);
        }
      }
      String from = source.isEmpty() ? "" : " (" + source + ")";
      String by = who.isEmpty() ? "" : " " + String.join(", ", who);
      return "“" + words.strip() + "”" + by + from;
    }
  }

  /** Reads {@code citations}, {@code recalled} and {@code confidence} of a turn's end. */
  static Evidence of(JsonNode end) {
    return new Evidence(
        pieces(end.path("citations"), "quote").stream().distinct().toList(),
        pieces(end.path("recalled"), "text"),
        sure(end));
  }

  /** Reads the member {@code confidence} of a turn's end. */
  static OptionalDouble sure(JsonNode end) {
    JsonNode confidence = end.path("confidence");
    return confidence.isNumber()
        ? OptionalDouble.of(confidence.doubleValue())
        : OptionalDouble.empty();
  }

  /** For a person: {@code 93 % sure}. */
  static String percent(double sure) {
    return Math.round(100 * sure) + " % sure";
  }

  private static List<Piece> pieces(JsonNode list, String words) {
    List<Piece> pieces = new ArrayList<>();
    for (JsonNode one : list) {
      if (one.path(words).isTextual() && pieces.size() < PIECES_MAX) {
        pieces.add(
            new Piece(
                one.path(words).textValue(),
                day(text(one, "happened_at")),
                text(one, "speaker"),
                text(one, "source")));
      }
    }
    return pieces;
  }

  private static String text(JsonNode node, String name) {
    return node.path(name).isTextual() ? node.path(name).textValue() : "";
  }

  private static String day(String time) {
    try {
      return time.isEmpty() ? "" : DAY.format(Instant.parse(time));
    } catch (DateTimeParseException e) {
      // Shown as it came: a time that we cannot read is still better than none.
      return time;
    }
  }
}
