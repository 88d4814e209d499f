package dev.palimpsest.runtime.guard;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads what a client sent into one JSON object, or says where it stops being one. Stateless but
 * for its immutable mapper; safe for many threads.
 */
public final class JsonText {
  /** Objects and arrays within one another at most. */
  public static final int DEPTH_MAX = 32;

  private static final int NUMBER_CHARACTERS_MAX = 64;
  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxNumberLength(NUMBER_CHARACTERS_MAX)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // What a client keeps with a memory comes back with the digits it had.
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private JsonText() {}

  /**
   * Reads a request body.
   *
   * @throws ProblemException for bytes that are no UTF-8 or no JSON object, saying where
   */
  public static ObjectNode object(byte[] utf8) {
    try {
      return object(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString());
    } catch (CharacterCodingException e) {
      throw new ProblemException(
          ProblemKind.MALFORMED_JSON, "The body is not UTF-8: " + e.getMessage() + ".");
    }
  }

  /**
   * Reads a frame.
   *
   * @throws ProblemException for text that is no JSON object, saying where
   */
  public static ObjectNode object(String text) {
    if (text.isBlank()) {
      throw new ProblemException(
          ProblemKind.MALFORMED_JSON, "There is nothing where a JSON object is expected.");
    }
    JsonNode node = parse(text);
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new ProblemException(
        ProblemKind.MALFORMED_JSON, "A JSON object is expected, not " + kind(node) + ".");
  }

  /** The kind of a value, for a person. */
  static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case ARRAY -> "an array";
      case BOOLEAN -> "a boolean";
      case NULL, MISSING -> "null";
      case NUMBER -> "a number";
      case STRING -> "a string";
      case OBJECT, POJO -> "an object";
      case BINARY -> "bytes";
    };
  }

  private static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String where =
          at == null ? "" : "Line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
      throw new ProblemException(
          Problem.of(ProblemKind.MALFORMED_JSON, where + firstLine(e.getOriginalMessage())));
    }
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("not JSON");
  }
}
