package dev.palimpsest.runtime.bridge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.palimpsest.engine.schema.JsonShape;
import java.util.Map;

/**
 * What JSON an answer has to be.
 *
 * @param schema a JSON schema, as text
 */
public record AnswerFormat(String schema) {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  /** Any JSON object. */
  public static final AnswerFormat ANY_OBJECT = new AnswerFormat("{\"type\":\"object\"}");

  /** Refuses a schema that no answer can be held to, naming the keyword. */
  public AnswerFormat {
    JsonShape.check(tree(schema));
  }

  Map<String, Object> tree() {
    return tree(schema);
  }

  private static Map<String, Object> tree(String schema) {
    try {
      return JSON.readValue(schema, new TypeReference<Map<String, Object>>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the schema is no JSON object", e);
    }
  }
}
