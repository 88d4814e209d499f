package dev.palimpsest.engine.backend.block;

/** Numbers as they lie in a block, little-endian. */
final class Stored {
  private Stored() {}

  static int u8(byte[] bytes, int at) {
    return bytes[at] & 0xff;
  }

  static int u16(byte[] bytes, int at) {
    return u8(bytes, at) | u8(bytes, at + 1) << 8;
  }

  static int i32(byte[] bytes, int at) {
    return u16(bytes, at) | u16(bytes, at + 2) << 16;
  }

  /** An IEEE 754 binary16 number. */
  static float half(byte[] bytes, int at) {
    return Float.float16ToFloat((short) u16(bytes, at));
  }
}
