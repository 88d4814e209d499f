package dev.palimpsest.runtime.proof;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.JsonText;
import java.util.Map;
import java.util.TreeMap;

/**
 * JSON as RFC 8785 has it: members in order of their names, no white space, texts with no more
 * escapes than they need. For objects without fractions, which nothing that we sign has.
 */
final class CanonicalJson {
  private CanonicalJson() {}

  /** The text of a value. */
  static String of(JsonNode value) {
    StringBuilder text = new StringBuilder();
    write(value, text);
    return text.toString();
  }

  private static void write(JsonNode value, StringBuilder text) {
    switch (value) {
      case ObjectNode object -> {
        Map<String, JsonNode> members = new TreeMap<>();
        object.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
        String before = "{";
        for (Map.Entry<String, JsonNode> member : members.entrySet()) {
          text.append(before);
          JsonText.quote(member.getKey(), text);
          text.append(':');
          write(member.getValue(), text);
          before = ",";
        }
        text.append(members.isEmpty() ? "{}" : "}");
      }
      case ArrayNode array -> {
        String before = "[";
        for (JsonNode element : array) {
          text.append(before);
          write(element, text);
          before = ",";
        }
        text.append(array.isEmpty() ? "[]" : "]");
      }
      default -> plain(value, text);
    }
  }

  private static void plain(JsonNode value, StringBuilder text) {
    if (value.isTextual()) {
      JsonText.quote(value.textValue(), text);
    } else if (value.isIntegralNumber() || value.isBoolean() || value.isNull()) {
      text.append(value.asText());
    } else {
      throw new IllegalArgumentException("nothing that is signed has a " + value.getNodeType());
    }
  }
}
