package dev.palimpsest.engine.format;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The key-value pairs of a model file. Values stay in the mapped file and are decoded when asked
 * for, so the file's arena must be open. A missing key or a value of another type is refused with
 * the key and the offset of its value.
 *
 * <p>Layout of a pair: key (u64 length, UTF-8), u32 type, value. A string is u64 length and UTF-8,
 * an array is u32 element type, u64 count and the elements; a bool is one byte, 0 or 1.
 */
public final class Metadata {
  /** The most pairs a file may have; known models have fewer than a hundred. */
  public static final int PAIRS_MAX = 4_096;

  /** The longest key, in bytes of UTF-8. */
  public static final int KEY_BYTES_MAX = 1_024;

  /** The longest string value, in bytes of UTF-8. */
  public static final int STRING_BYTES_MAX = 16 << 20;

  /** The longest array. */
  public static final int ARRAY_LENGTH_MAX = 16 << 20;

  private record Value(ValueType type, long offset) {}

  private record Elements(ValueType type, int count, HeaderReader reader) {}

  private final HeaderReader source;
  private final Map<String, Value> values;
  private final long end;

  private Metadata(HeaderReader source, Map<String, Value> values, long end) {
    this.source = source;
    this.values = values;
    this.end = end;
  }

  /** Reads and checks {@code pairs} pairs from the reader's position on. */
  static Metadata read(HeaderReader reader, long pairs) {
    Map<String, Value> values = new LinkedHashMap<>();
    for (long i = 0; i < pairs; i++) {
      long keyOffset = reader.position();
      String key = reader.string("metadata key " + i, KEY_BYTES_MAX);
      if (key.isEmpty()) {
        throw reader.refuse(keyOffset, "metadata key " + i, "is empty");
      }
      ValueType type = type(reader, key + " type");
      if (values.putIfAbsent(key, new Value(type, reader.position())) != null) {
        throw reader.refuse(keyOffset, key, "is there twice");
      }
      check(reader, key, type);
    }
    return new Metadata(reader, values, reader.position());
  }

  private static ValueType type(HeaderReader reader, String field) {
    long offset = reader.position();
    int number = reader.i32(field);
    return ValueType.of(number)
        .orElseThrow(() ->
            reader.refuse(offset, field, Integer.toUnsignedString(number) + " is no value type"));
  }

  private static void check(HeaderReader reader, String key, ValueType type) {
    switch (type) {
      case ARRAY -> checkArray(reader, key);
      case STRING -> reader.skipString(key, STRING_BYTES_MAX);
      case BOOL -> checkBool(reader, key);
      case U8, I8, U16, I16, U32, I32, F32, U64, I64, F64 -> reader.skip(type.bytes(), key);
    }
  }

  private static void checkArray(HeaderReader reader, String key) {
    long offset = reader.position();
    ValueType type = type(reader, key + " element type");
    if (type == ValueType.ARRAY) {
      throw reader.refuse(offset, key, "is an array of arrays, which no known model has");
    }
    long count = reader.count(key + " count", ARRAY_LENGTH_MAX, type.bytes());
    if (type != ValueType.STRING && type != ValueType.BOOL) {
      reader.skip(count * type.bytes(), key);
      return;
    }
    for (long i = 0; i < count; i++) {
      check(reader, key, type);
    }
  }

  private static void checkBool(HeaderReader reader, String key) {
    long offset = reader.position();
    int value = reader.u8(key);
    if (value > 1) {
      throw reader.refuse(offset, key, "a bool is 0 or 1, not " + value);
    }
  }

  /** All keys, in the order of the file. */
  public Set<String> keys() {
    return Collections.unmodifiableSet(values.keySet());
  }

  /** Whether the file has this key. */
  public boolean has(String key) {
    return values.containsKey(key);
  }

  /** The text under a key. */
  public String string(String key) {
    Value value = require(key);
    if (value.type != ValueType.STRING) {
      throw wrongType(key, value, "a string");
    }
    return source.at(value.offset).string(key, STRING_BYTES_MAX);
  }

  /** The text under a key, or {@code otherwise} where the key is missing. */
  public String stringOr(String key, String otherwise) {
    return has(key) ? string(key) : otherwise;
  }

  /** The whole number under a key, of any integer type; an unsigned one must fit a long. */
  public long number(String key) {
    Value value = require(key);
    if (!value.type.isInteger()) {
      throw wrongType(key, value, "an integer");
    }
    return integer(source.at(value.offset), key, value.type);
  }

  /** The whole number under a key, or {@code otherwise} where the key is missing. */
  public long numberOr(String key, long otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  /** The real number under a key. */
  public double real(String key) {
    Value value = require(key);
    if (!value.type.isReal()) {
      throw wrongType(key, value, "a real number");
    }
    return real(source.at(value.offset), key, value.type);
  }

  /** The real number under a key, or {@code otherwise} where the key is missing. */
  public double realOr(String key, double otherwise) {
    return has(key) ? real(key) : otherwise;
  }

  /** The truth value under a key, or {@code otherwise} where the key is missing. */
  public boolean flagOr(String key, boolean otherwise) {
    Value value = values.get(key);
    if (value == null) {
      return otherwise;
    }
    if (value.type != ValueType.BOOL) {
      throw wrongType(key, value, "a bool");
    }
    return source.at(value.offset).u8(key) != 0;
  }

  /** The texts of an array; a new list. */
  public List<String> strings(String key) {
    Elements elements = elements(key, "strings");
    if (elements.type != ValueType.STRING) {
      throw wrongType(key, require(key), "an array of strings");
    }
    List<String> texts = new ArrayList<>(elements.count);
    for (int i = 0; i < elements.count; i++) {
      texts.add(elements.reader.string(key, STRING_BYTES_MAX));
    }
    return Collections.unmodifiableList(texts);
  }

  /** The real numbers of an array, narrowed to floats; a new array, which belongs to the caller. */
  public float[] reals(String key) {
    Elements elements = elements(key, "real numbers");
    if (!elements.type.isReal()) {
      throw wrongType(key, require(key), "an array of real numbers");
    }
    float[] reals = new float[elements.count];
    for (int i = 0; i < reals.length; i++) {
      reals[i] = (float) real(elements.reader, key, elements.type);
    }
    return reals;
  }

  /** The whole numbers of an array; a new array, which belongs to the caller. */
  public long[] numbers(String key) {
    Elements elements = elements(key, "integers");
    if (!elements.type.isInteger()) {
      throw wrongType(key, require(key), "an array of integers");
    }
    long[] numbers = new long[elements.count];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = integer(elements.reader, key, elements.type);
    }
    return numbers;
  }

  /** A refusal of what stands under {@code key}, to be thrown by who understands the value. */
  public ModelFormatException refuse(String key, String detail) {
    return refuse(key, detail, null);
  }

  /** A refusal of what stands under {@code key}, with what caused it. */
  public ModelFormatException refuse(String key, String detail, @Nullable Throwable cause) {
    Value value = values.get(key);
    return source.refuse(value == null ? end : value.offset, key, detail, cause);
  }

  private Elements elements(String key, String of) {
    Value value = require(key);
    if (value.type != ValueType.ARRAY) {
      throw wrongType(key, value, "an array of " + of);
    }
    HeaderReader reader = source.at(value.offset);
    ValueType type = type(reader, key);
    return new Elements(type, (int) reader.u64(key, ARRAY_LENGTH_MAX), reader);
  }

  private Value require(String key) {
    @Nullable Value value = values.get(key);
    if (value == null) {
      throw refuse(key, "is missing");
    }
    return value;
  }

  private ModelFormatException wrongType(String key, Value value, String wanted) {
    return refuse(key, "is " + value.type + ", not " + wanted);
  }

  private static long integer(HeaderReader reader, String key, ValueType type) {
    return switch (type) {
      case U8 -> reader.u8(key);
      case I8 -> (byte) reader.u8(key);
      case U16 -> reader.i16(key) & 0xffff;
      case I16 -> reader.i16(key);
      case U32 -> reader.u32(key);
      case I32 -> reader.i32(key);
      case U64 -> reader.u64(key, Long.MAX_VALUE);
      case I64 -> reader.i64(key);
      case F32, F64, BOOL, STRING, ARRAY -> throw new IllegalStateException(key + " is " + type);
    };
  }

  private static double real(HeaderReader reader, String key, ValueType type) {
    return type == ValueType.F32
        ? Float.intBitsToFloat(reader.i32(key))
        : Double.longBitsToDouble(reader.i64(key));
  }
}
