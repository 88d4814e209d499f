package dev.palimpsest.memory.session;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.palimpsest.memory.MemoryStoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The members of one JSON object, taken out by name and type until none is left. Values are texts,
 * whole numbers, fractions, lists of whole numbers and objects of these; anything else, null
 * included, is no event of ours.
 */
final class JsonMembers {
  private static final int WHOLE_NUMBERS_MAX = 1 << 20;

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
    if (!values.containsKey(name)) {
      return null;
    }
    return values.get(name) instanceof Long ? (double) wholeNumber(name) : take(name, Double.class);
  }

  List<Long> wholeNumbers(String name) {
    return take(name, WholeNumbers.class).values();
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
    if (token == JsonToken.START_ARRAY) {
      return wholeNumbers(parser, path);
    }
    if (token == JsonToken.START_OBJECT) {
      return object(parser, path + ".");
    }
    throw new IllegalArgumentException(path + " is " + token + ", which no event holds");
  }

  private static WholeNumbers wholeNumbers(JsonParser parser, String path) throws IOException {
    List<Long> numbers = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
          || numbers.size() == WHOLE_NUMBERS_MAX) {
        throw new IllegalArgumentException(
            path + " holds other things than at most " + WHOLE_NUMBERS_MAX + " whole numbers");
      }
      numbers.add(parser.getLongValue());
    }
    return new WholeNumbers(numbers);
  }

  private record WholeNumbers(List<Long> values) {}
}
