package dev.palimpsest.engine.format;

import java.util.Optional;

/**
 * The types of metadata values, in the order of their numbers in the file (0 to 12).
 *
 * <p>Bytes: the size of a value, for STRING the size of its length field, for ARRAY that of element
 * type and count; neither value can be smaller than that.
 */
enum ValueType {
  U8(1),
  I8(1),
  U16(2),
  I16(2),
  U32(4),
  I32(4),
  F32(4),
  BOOL(1),
  STRING(8),
  ARRAY(12),
  U64(8),
  I64(8),
  F64(8);

  private static final ValueType[] BY_NUMBER = values();

  private final int bytes;

  ValueType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of a value; of strings and arrays the smallest one. */
  int bytes() {
    return bytes;
  }

  boolean isInteger() {
    return switch (this) {
      case U8, I8, U16, I16, U32, I32, U64, I64 -> true;
      case F32, F64, BOOL, STRING, ARRAY -> false;
    };
  }

  boolean isReal() {
    return this == F32 || this == F64;
  }

  static Optional<ValueType> of(int number) {
    return number >= 0 && number < BY_NUMBER.length
        ? Optional.of(BY_NUMBER[number])
        : Optional.empty();
  }
}
