package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * One frame of the session socket, read and checked. Frames that are part of a turn carry their
 * number within the epoch and are repeated after a reconnection; greetings, errors and pongs belong
 * to one connection.
 */
sealed interface ServerFrame {

  /** A frame that is kept by the service and counted. */
  sealed interface Counted extends ServerFrame {
    long seq();
  }

  /**
   * The first frame of each connection.
   *
   * @param epoch names the service start within which {@code seq} counts; empty if not told
   * @param seq how far the count had come
   * @param isComplete whether all that was missed follows; otherwise some of it is no longer kept
   */
  record Ready(String epoch, long seq, boolean isComplete) implements ServerFrame {}

  /**
   * The turn is committed and its output begins, or begins again, from nothing.
   *
   * @param clientTurnId empty if not told
   */
  record Accepted(long seq, String turn, String clientTurnId) implements Counted {}

  /** The next piece of the answer. */
  record Delta(long seq, String turn, String text) implements Counted {}

  /**
   * The turn has ended.
   *
   * @param clientTurnId empty if not told
   * @param status {@code done} or {@code cancelled}
   * @param result the frame as it came: the turn's result as REST gives it
   */
  record Done(long seq, String turn, String clientTurnId, String status, JsonNode result)
      implements Counted {
    Usage usage() {
      return Usage.of(result.path("usage"));
    }

    /** The whole answer where the service repeats it. */
    Optional<String> output() {
      JsonNode output = result.path("output");
      return output.isTextual() ? Optional.of(output.textValue()) : Optional.empty();
    }
  }

  /**
   * The turn has ended without an answer.
   *
   * @param clientTurnId empty if not told
   */
  record Failed(long seq, String turn, String clientTurnId, String status, Problem problem)
      implements Counted {}

  /** A counted frame that says nothing to this client. */
  record Other(long seq) implements Counted {}

  /**
   * A frame of ours was refused, or a turn is not being worked on.
   *
   * @param inReplyTo a client turn id, a turn, a frame's type or nothing
   */
  record Refused(Problem problem, String inReplyTo) implements ServerFrame {}

  /** The connection lives. */
  record Pong() implements ServerFrame {}

  /** Not a frame of this protocol; {@code reason} says what is wrong with it. */
  record Malformed(String reason) implements ServerFrame {}

  /** Reads {@code text}; never throws. */
  static ServerFrame read(String text) {
    Optional<JsonNode> parsed = Json.parse(text);
    if (parsed.isEmpty() || !parsed.get().isObject()) {
      return new Malformed("not a JSON object");
    }
    JsonNode frame = parsed.get();
    return switch (frame.path("type").asText("")) {
      case "" -> new Malformed("no type");
      case "session.ready" -> ready(frame);
      case "pong" -> new Pong();
      case "error" ->
          new Refused(Problem.of(frame.path("problem"), 0), frame.path("in_reply_to").asText(""));
      default -> counted(frame);
    };
  }

  private static ServerFrame ready(JsonNode frame) {
    boolean isComplete = !frame.path("replay").asText("").equals("events");
    return new Ready(frame.path("epoch").asText(""), frame.path("seq").asLong(0), isComplete);
  }

  private static ServerFrame counted(JsonNode frame) {
    String type = frame.path("type").asText();
    JsonNode seq = frame.path("seq");
    if (!seq.isIntegralNumber() || !seq.canConvertToLong() || seq.asLong() < 0) {
      return new Malformed(type + " without seq");
    }
    return switch (type) {
      case "turn.accepted", "output.delta", "turn.done", "turn.failed" ->
          ofTurn(type, frame, seq.asLong());
      default -> new Other(seq.asLong());
    };
  }

  private static ServerFrame ofTurn(String type, JsonNode frame, long seq) {
    String turn = frame.path("turn").asText("");
    if (turn.isEmpty()) {
      return new Malformed(type + " without turn");
    }
    String client = frame.path("client_turn_id").asText("");
    String status = frame.path("status").asText("");
    return switch (type) {
      case "turn.accepted" -> new Accepted(seq, turn, client);
      case "output.delta" ->
          frame.path("text").isTextual()
              ? new Delta(seq, turn, frame.path("text").textValue())
              : new Malformed(type + " without text");
      case "turn.done" -> new Done(seq, turn, client, status, frame);
      default -> new Failed(seq, turn, client, status, Problem.of(frame.path("problem"), 0));
    };
  }
}
