package dev.palimpsest.engine.backend.block;

/** Blocks whose four-bit quants are places in a table of sixteen values. */
final class CodebookBlocks {
  private static final int HALF = 16;

  /** The table of the IQ4 types: denser near zero, as weights are. */
  private static final byte[] IQ4 = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  /** Twice the values of a number of one sign, two exponent and one mantissa bit; no minus zero. */
  private static final byte[] E2M1_TWICE = {
    0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12
  };

  private CodebookBlocks() {}

  /** Value = d · table[q]. */
  static void iq4(byte[] b, int block, float[] to, int at) {
    gather(IQ4, Stored.half(b, block), b, block + 2, to, at);
  }

  /** Value = d · (scale − 32) · table[q], with six bits of scale for each group of 32. */
  static void iq4Super(byte[] b, int block, float[] to, int at) {
    float d = Stored.half(b, block);
    int high = Stored.u16(b, block + 2);
    for (int group = 0; group < 8; group++) {
      int low = b[block + 4 + group / 2] >> (group % 2 * 4) & 15;
      float scale = d * ((low | (high >> (group * 2) & 3) << 4) - 32);
      gather(IQ4, scale, b, block + 8 + group * HALF, to, at + group * 2 * HALF);
    }
  }

  /** Value = 2^(e − 127) · table[q], e a byte. */
  static void mxfp4(byte[] b, int block, float[] to, int at) {
    gather(E2M1_TWICE, halfPowerOfTwo(Stored.u8(b, block)), b, block + 1, to, at);
  }

  /** 2^(exponent − 128), of which the two smallest are subnormal. */
  private static float halfPowerOfTwo(int exponent) {
    return Float.intBitsToFloat(exponent < 2 ? 0x0020_0000 << exponent : (exponent - 1) << 23);
  }

  /** Sixteen bytes: their low halves are the first elements, their high halves the others. */
  private static void gather(byte[] table, float scale, byte[] b, int quants, float[] to, int at) {
    for (int i = 0; i < HALF; i++) {
      int pair = b[quants + i];
      to[at + i] = scale * table[pair & 15];
      to[at + HALF + i] = scale * table[pair >> 4 & 15];
    }
  }
}
