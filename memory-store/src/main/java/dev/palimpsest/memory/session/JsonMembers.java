package dev.palimpsest.memory.session;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.palimpsest.memory.MemoryStoreException;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The members of one JSON object, taken out by name and type until none is left. Values are texts,
 * numbers, truths, objects, and lists of whole numbers, of texts or of objects; anything else, null
 * included, is no event of ours.
 */
final class JsonMembers {
  private static final int ELEMENTS_MAX = 1 << 20;

  private final String path;
  private final Map<String, Object> values;

  private JsonMembers(String path, Map<String, Object> values) {
    this.path = path;
    this.values = values;
  }

  /** Reads all of {@code body}; throws a {@link MemoryStoreException} unless it is one object. */
  static JsonMembers parse(JsonFactory json, String operation, String body) {
    try (JsonParser parser = json.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MemoryStoreException(operation, "the body is no JSON object", null);
      }
      JsonMembers members = object(parser, "");
      if (parser.nextToken() != null) {
        throw new MemoryStoreException(operation, "the body goes on after its object", null);
      }
      return members;
    } catch (IOException e) {
      throw new MemoryStoreException(operation, "malformed JSON: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new MemoryStoreException(operation, String.valueOf(e.getMessage()), e);
    }
  }

  String text(String name) {
    return take(name, String.class);
  }

  @Nullable String optionalText(String name) {
    return values.containsKey(name) ? text(name) : null;
  }

  @Nullable Instant optionalTime(String name) {
    String text = optionalText(name);
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(path + name + " is no time", e);
    }
  }

  long wholeNumber(String name) {
    return take(name, Long.class);
  }

  int smallNumber(String name) {
    long value = wholeNumber(name);
    if (value != (int) value) {
      throw new IllegalArgumentException(path + name + " is " + value + ", beyond 32 bits");
    }
    return (int) value;
  }

  @Nullable Long optionalLong(String name) {
    return values.containsKey(name) ? wholeNumber(name) : null;
  }

  @Nullable Integer optionalInt(String name) {
    return values.containsKey(name) ? smallNumber(name) : null;
  }

  @Nullable Double optionalDouble(String name) {
    return values.containsKey(name) ? number(name) : null;
  }

  double number(String name) {
    return values.get(name) instanceof Long ? (double) wholeNumber(name) : take(name, Double.class);
  }

  boolean truth(String name) {
    return take(name, Boolean.class);
  }

  @Nullable Boolean optionalTruth(String name) {
    return values.containsKey(name) ? truth(name) : null;
  }

  List<Long> wholeNumbers(String name) {
    return elements(name, Long.class, "whole numbers");
  }

  List<String> texts(String name) {
    return elements(name, String.class, "texts");
  }

  List<JsonMembers> objects(String name) {
    return elements(name, JsonMembers.class, "objects");
  }

  List<String> optionalTexts(String name) {
    return values.containsKey(name) ? texts(name) : List.of();
  }

  List<JsonMembers> optionalObjects(String name) {
    return values.containsKey(name) ? objects(name) : List.of();
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  JsonMembers object(String name) {
    return take(name, JsonMembers.class);
  }

  void requireNoMore() {
    if (!values.isEmpty()) {
      throw new IllegalArgumentException(
          path + values.keySet().iterator().next() + " is no member of this event");
    }
  }

  private <T> List<T> elements(String name, Class<T> type, String what) {
    List<T> elements = new ArrayList<>();
    for (Object element : take(name, Elements.class).values()) {
      if (!type.isInstance(element)) {
        throw new IllegalArgumentException(path + name + " holds other things than " + what);
      }
      elements.add(type.cast(element));
    }
    return elements;
  }

  private <T> T take(String name, Class<T> type) {
    Object value = values.remove(name);
    if (value == null) {
      throw new IllegalArgumentException(path + name + " is missing");
    }
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(path + name + " is of another type");
    }
    return type.cast(value);
  }

  private static JsonMembers object(JsonParser parser, String path) throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      values.put(name, value(parser, parser.nextToken(), path + name));
    }
    return new JsonMembers(path, values);
  }

  private static Object value(JsonParser parser, @Nullable JsonToken token, String path)
      throws IOException {
    if (token == JsonToken.VALUE_STRING) {
      return parser.getText();
    }
    if (token == JsonToken.VALUE_NUMBER_INT) {
      return parser.getLongValue();
    }
    if (token == JsonToken.VALUE_NUMBER_FLOAT) {
      return parser.getDoubleValue();
    }
    if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
      return token == JsonToken.VALUE_TRUE;
    }
    if (token == JsonToken.START_ARRAY) {
      return elements(parser, path);
    }
    if (token == JsonToken.START_OBJECT) {
      return object(parser, path + ".");
    }
    throw new IllegalArgumentException(path + " is " + token + ", which no event holds");
  }

  private static Elements elements(JsonParser parser, String path) throws IOException {
    List<Object> elements = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (elements.size() == ELEMENTS_MAX) {
        throw new IllegalArgumentException(path + " holds more than " + ELEMENTS_MAX + " elements");
      }
      elements.add(value(parser, parser.currentToken(), path + "[" + elements.size() + "]"));
    }
    return new Elements(elements);
  }

  private record Elements(List<Object> values) {}
}
