package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/** One frame of the import socket, read and checked. */
sealed interface ImportFrame {

  /**
   * The service waits for bytes.
   *
   * @param resumeOffset the first byte that it does not have
   * @param creditBytes how many bytes may be on their way unacknowledged
   */
  record Ready(String importId, long resumeOffset, long creditBytes) implements ImportFrame {}

  /** All records up to {@code offset} are committed. */
  record Ack(long offset, long creditBytes, ImportTally tally) implements ImportFrame {}

  /** The records are stored; now they are made searchable. */
  record Progress(String stage, long done, long total) implements ImportFrame {}

  /** One record was not stored. */
  record Rejected(long number, long offset, String reason) implements ImportFrame {}

  /** All is done. */
  record Done(JsonNode report) implements ImportFrame {}

  /** The import cannot go on; what was committed stays. */
  record Failed(Problem problem) implements ImportFrame {}

  /**
   * A frame of ours was refused.
   *
   * @param inReplyTo the type of that frame, {@code binary}, or nothing
   */
  record Refused(Problem problem, String inReplyTo) implements ImportFrame {}

  /** A frame that says nothing to this client. */
  record Other(String type) implements ImportFrame {}

  /** Not a frame of this protocol; {@code reason} says what is wrong with it. */
  record Malformed(String reason) implements ImportFrame {}

  /** Reads {@code text}; never throws. */
  static ImportFrame read(String text) {
    Optional<JsonNode> parsed = Json.parse(text);
    if (parsed.isEmpty() || !parsed.get().isObject()) {
      return new Malformed("not a JSON object");
    }
    JsonNode frame = parsed.get();
    String type = frame.path("type").asText("");
    return switch (type) {
      case "" -> new Malformed("no type");
      case "import.ready" -> ready(frame);
      case "import.ack" -> ack(frame);
      case "import.progress" ->
          new Progress(
              frame.path("stage").asText("indexing"),
              frame.path("done").asLong(),
              frame.path("total").asLong());
      case "import.rejected" ->
          new Rejected(
              frame.path("record").asLong(),
              frame.path("offset").asLong(),
              frame.path("reason").asText("no reason given"));
      case "import.done" -> new Done(frame.path("report"));
      case "import.failed" -> new Failed(Problem.of(frame.path("problem"), 0));
      case "error" ->
          new Refused(Problem.of(frame.path("problem"), 0), frame.path("in_reply_to").asText(""));
      default -> new Other(type);
    };
  }

  private static ImportFrame ready(JsonNode frame) {
    String id = frame.path("import_id").asText("");
    long offset = frame.path("resume_offset").asLong(-1);
    long credit = frame.path("credit_bytes").asLong(-1);
    return id.isEmpty() || offset < 0 || credit < 0
        ? new Malformed("import.ready without import_id, resume_offset or credit_bytes")
        : new Ready(id, offset, credit);
  }

  private static ImportFrame ack(JsonNode frame) {
    long offset = frame.path("offset").asLong(-1);
    long credit = frame.path("credit_bytes").asLong(-1);
    return offset < 0 || credit < 0
        ? new Malformed("import.ack without offset or credit_bytes")
        : new Ack(offset, credit, ImportTally.of(frame));
  }
}
