package dev.palimpsest.engine.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON value that goes into a template: a tool's description, the arguments of a call, a variable
 * such as {@code enable_thinking}. Immutable; objects keep the order of their keys.
 */
public sealed interface JsonValue {

  /** JSON's null. */
  enum Null implements JsonValue {
    /** The only one. */
    NULL
  }

  /** True or false. */
  record Bool(boolean value) implements JsonValue {}

  /** A number without fraction and exponent that fits 64 bits. */
  record Whole(long value) implements JsonValue {}

  /** Any other number; finite. */
  record Decimal(double value) implements JsonValue {
    /** Checks that the number is finite. */
    public Decimal {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("not a finite number: " + value);
      }
    }
  }

  /** A string. */
  record Text(String value) implements JsonValue {}

  /** An array. */
  record Array(List<JsonValue> elements) implements JsonValue {
    /** Copies the elements. */
    public Array {
      elements = List.copyOf(elements);
    }
  }

  /** An object; the map given is copied in its order. */
  record Fields(Map<String, JsonValue> entries) implements JsonValue {
    /** An object without fields. */
    public static final Fields EMPTY = new Fields(Map.of());

    /** Copies the entries. */
    public Fields {
      entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }
  }

  /**
   * Reads one JSON text.
   *
   * @throws IllegalArgumentException naming the offset, if the text is not JSON (RFC 8259), nests
   *     deeper than {@link Limits#VALUE_DEPTH}, or names a key twice in one object
   */
  static JsonValue parse(String json) {
    return new JsonParser(json).parse();
  }
}
