package dev.palimpsest.engine.backend.block;

/**
 * Blocks of 32 elements with one scale, and with one minimum or none. Element {@code i} has its low
 * four bits in the low half of byte {@code i}, element {@code i + 16} in the high half.
 */
final class RoundBlocks {
  private static final int HALF = 16;
  private static final int ELEMENTS = 2 * HALF;

  private RoundBlocks() {}

  /** Value = d · (q − 8). */
  static void q4WithoutMinimum(byte[] b, int block, float[] to, int at) {
    float scale = Stored.half(b, block);
    for (int i = 0; i < HALF; i++) {
      int quants = b[block + 2 + i];
      to[at + i] = scale * ((quants & 15) - 8);
      to[at + HALF + i] = scale * ((quants >> 4 & 15) - 8);
    }
  }

  /** Value = d · q + m. */
  static void q4WithMinimum(byte[] b, int block, float[] to, int at) {
    float scale = Stored.half(b, block);
    float minimum = Stored.half(b, block + 2);
    for (int i = 0; i < HALF; i++) {
      int quants = b[block + 4 + i];
      to[at + i] = scale * (quants & 15) + minimum;
      to[at + HALF + i] = scale * (quants >> 4 & 15) + minimum;
    }
  }

  /** Value = d · (q − 16), the fifth bit of element i being bit i of a word. */
  static void q5WithoutMinimum(byte[] b, int block, float[] to, int at) {
    float scale = Stored.half(b, block);
    int high = Stored.i32(b, block + 2);
    for (int i = 0; i < HALF; i++) {
      int quants = b[block + 6 + i];
      to[at + i] = scale * ((quants & 15) + (high >>> i & 1) * 16 - 16);
      to[at + HALF + i] = scale * ((quants >> 4 & 15) + (high >>> (HALF + i) & 1) * 16 - 16);
    }
  }

  /** Value = d · q + m, with fifth bits as in the other. */
  static void q5WithMinimum(byte[] b, int block, float[] to, int at) {
    float scale = Stored.half(b, block);
    float minimum = Stored.half(b, block + 2);
    int high = Stored.i32(b, block + 4);
    for (int i = 0; i < HALF; i++) {
      int quants = b[block + 8 + i];
      to[at + i] = scale * ((quants & 15) + (high >>> i & 1) * 16) + minimum;
      to[at + HALF + i] = scale * ((quants >> 4 & 15) + (high >>> (HALF + i) & 1) * 16) + minimum;
    }
  }

  /** Value = d · q. */
  static void q8(byte[] b, int block, float[] to, int at) {
    float scale = Stored.half(b, block);
    for (int i = 0; i < ELEMENTS; i++) {
      to[at + i] = scale * b[block + 2 + i];
    }
  }
}
