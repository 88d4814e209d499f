package dev.palimpsest.runtime.service;

import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Frames that a session socket must refuse, each with what its refusal has to say. */
final class MalformedFrames {
  private final Random random;

  MalformedFrames(Random random) {
    this.random = random;
  }

  /**
   * A frame.
   *
   * @param text null for a binary frame
   * @param bytes length of a binary frame
   * @param word what the problem's detail has to contain
   * @param name what the answer has to be in reply to, or null
   */
  record Malformed(@Nullable String text, int bytes, String word, @Nullable String name) {}

  Malformed next() {
    return switch (random.nextInt(20)) {
      case 0 -> text(valid().substring(0, 1 + random.nextInt(valid().length() - 1)), "Line 1");
      case 1 -> text(valid() + any("}", "]", "x", "{}", ",", "1"), "Line 1");
      case 2 -> text(any("[]", "[{}]", "[1,2,3]"), "an array");
      case 3 -> text(any("5", "-1.5e3", "0"), "a number");
      case 4 -> text(any("\"ping\"", "\"\"", "\"{}\""), "a string");
      case 5 -> text(any("true", "false"), "a boolean");
      case 6 -> text(any("", " ", "\n\t "), "nothing");
      case 7 -> text("{}", "'type' is missing");
      case 8 -> text("{\"type\":" + any("1", "[]", "{}", "true") + "}", "'type' must be a string");
      case 9 -> text("{\"type\":null}", "'type' must not be null");
      case 10 -> unknownType();
      case 11 -> notBuilt();
      case 12 -> named("{\"type\":\"ping\",\"x" + word() + "\":1}", "is not known here", "ping");
      case 13 -> create("", "'input' is missing");
      case 14 -> create(",\"input\":" + any("1", "true", "{}"), "'input' must be a string");
      case 15 ->
          create(
              ",\"input\":\"a\",\"max_output_tokens\":" + any("0", "-3", "1.5", "\"9\""),
              "max_output_tokens");
      case 16 -> create(",\"input\":\"\\ud8" + random.nextInt(10, 99) + "\"", "surrogate");
      case 17 -> cancel();
      case 18 -> tooLong();
      default -> deepOrDoubledOrBinary();
    };
  }

  private Malformed unknownType() {
    String type = "x." + word();
    return named("{\"type\":\"" + type + "\"}", "'" + type + "' is none of", type);
  }

  private Malformed notBuilt() {
    String type = any("warm", "turn.steer");
    return named("{\"type\":\"" + type + "\"}", "not built yet", type);
  }

  private Malformed cancel() {
    return switch (random.nextInt(3)) {
      case 0 -> named("{\"type\":\"turn.cancel\"}", "'turn' is missing", "turn.cancel");
      case 1 ->
          named("{\"type\":\"turn.cancel\",\"turn\":7}", "'turn' must be a string", "turn.cancel");
      default -> {
        String turn = "t-" + word();
        yield named(
            "{\"type\":\"turn.cancel\",\"turn\":\"" + turn + "\"}", "not the id of a turn", turn);
      }
    };
  }

  private Malformed tooLong() {
    String long257 = "c".repeat(257 + random.nextInt(1000));
    return named(
        "{\"type\":\"turn.create\",\"input\":\"a\",\"client_turn_id\":\"" + long257 + "\"}",
        "'client_turn_id' is " + long257.length() + " characters long",
        "c".repeat(80) + "…");
  }

  private Malformed deepOrDoubledOrBinary() {
    return switch (random.nextInt(4)) {
      case 0 -> text("{\"a\":".repeat(33 + random.nextInt(500)), "nesting depth");
      case 1 -> text("{\"type\":\"ping\",\"type\":\"ping\"}", "Duplicate field");
      case 2 -> text("{\"type\":" + "9".repeat(65 + random.nextInt(100)) + "}", "Number");
      default -> {
        int bytes = random.nextInt(5000);
        yield new Malformed(null, bytes, bytes + " bytes", null);
      }
    };
  }

  private Malformed create(String rest, String word) {
    String name = "c-" + word();
    return named(
        "{\"type\":\"turn.create\",\"client_turn_id\":\"" + name + "\"" + rest + "}", word, name);
  }

  private static Malformed text(String text, String word) {
    return new Malformed(text, 0, word, null);
  }

  private static Malformed named(String text, String word, String name) {
    return new Malformed(text, 0, word, name);
  }

  private static String valid() {
    return "{\"type\":\"turn.create\",\"client_turn_id\":\"c\",\"input\":\"Hello\"}";
  }

  private String any(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private String word() {
    return Integer.toString(random.nextInt(1 << 20), 36);
  }
}
