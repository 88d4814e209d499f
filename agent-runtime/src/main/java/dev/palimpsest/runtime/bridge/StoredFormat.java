package dev.palimpsest.runtime.bridge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.palimpsest.memory.session.TurnEvent;
import java.util.List;
import java.util.Map;

/** Writes and reads the JSON of an {@link AnswerFormat}. */
final class StoredFormat {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private StoredFormat() {}

  static Map<String, Object> tree(String schema) {
    try {
      return JSON.readValue(schema, new TypeReference<Map<String, Object>>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the schema is no JSON object", e);
    }
  }

  static JsonNode value(String stored) {
    try {
      return JSON.readTree(stored);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the format is no JSON value", e);
    }
  }

  static String text(String grammar) {
    return JSON.getNodeFactory().textNode(grammar).toString();
  }

  static String list(List<String> texts) {
    return JSON.valueToTree(texts).toString();
  }

  static void requireShort(String stored) {
    if (stored.length() > TurnEvent.UserSaid.FORMAT_CHARACTERS_MAX) {
      throw new IllegalArgumentException(
          "it has "
              + stored.length()
              + " characters as JSON; at most "
              + TurnEvent.UserSaid.FORMAT_CHARACTERS_MAX);
    }
  }
}
