package dev.palimpsest.engine.backend.block;

/**
 * Blocks of 256 elements (the k-quants): groups of 16 or 32 with small scales of their own, which
 * one or two halves scale in turn. The fields are listed at {@link
 * dev.palimpsest.engine.tensor.DType}.
 */
final class SuperBlocks {
  private static final int GROUP = 16;
  private static final int WIDE_GROUP = 32;
  private static final int HALF = 128;

  private SuperBlocks() {}

  /** Value = d · scale · q − dmin · minimum; a byte of quants serves four elements 32 apart. */
  static void q2(byte[] b, int block, float[] to, int at) {
    float d = Stored.half(b, block + 80);
    float dmin = Stored.half(b, block + 82);
    for (int group = 0; group < 16; group++) {
      int scales = b[block + group];
      float scale = d * (scales & 15);
      float minimum = dmin * (scales >> 4 & 15);
      int quants = block + 16 + quantsOfGroup(group);
      int shift = shiftOfGroup(group);
      for (int i = 0; i < GROUP; i++) {
        to[at + group * GROUP + i] = scale * (b[quants + i] >> shift & 3) - minimum;
      }
    }
  }

  /** Value = d · (scale − 32) · (q − 4), the third bit of q in the mask of its eighth. */
  static void q3(byte[] b, int block, float[] to, int at) {
    float d = Stored.half(b, block + 108);
    for (int group = 0; group < 16; group++) {
      float scale = d * (scaleOfThree(b, block + 96, group) - 32);
      int quants = block + 32 + quantsOfGroup(group);
      int mask = block + group % 2 * GROUP;
      int shift = shiftOfGroup(group);
      int eighth = group / 2;
      for (int i = 0; i < GROUP; i++) {
        int q = (b[quants + i] >> shift & 3) + ((b[mask + i] >> eighth & 1) << 2) - 4;
        to[at + group * GROUP + i] = scale * q;
      }
    }
  }

  /** Four low bits in halves of eight bytes, two high bits in quarters of the four that follow. */
  private static int scaleOfThree(byte[] b, int scales, int group) {
    int low = b[scales + group % 8] >> (group / 8 * 4) & 15;
    int high = b[scales + 8 + group % 4] >> (group / 4 * 2) & 3;
    return low | high << 4;
  }

  /** Where the bytes of a group of two-bit quants begin: each half of a block has 32 of them. */
  private static int quantsOfGroup(int group) {
    return group / 8 * 32 + group % 2 * GROUP;
  }

  private static int shiftOfGroup(int group) {
    return group % 8 / 2 * 2;
  }

  /** Value = d · scale · q − dmin · minimum. */
  static void q4(byte[] b, int block, float[] to, int at) {
    float d = Stored.half(b, block);
    float dmin = Stored.half(b, block + 2);
    for (int group = 0; group < 8; group++) {
      float scale = d * scaleOfEight(b, block + 4, group);
      float minimum = dmin * minimumOfEight(b, block + 4, group);
      int quants = block + 16 + group / 2 * WIDE_GROUP;
      int shift = group % 2 * 4;
      for (int i = 0; i < WIDE_GROUP; i++) {
        to[at + group * WIDE_GROUP + i] = scale * (b[quants + i] >> shift & 15) - minimum;
      }
    }
  }

  /** As with four bits, and a fifth in bit {@code group} of a byte that serves all groups. */
  static void q5(byte[] b, int block, float[] to, int at) {
    float d = Stored.half(b, block);
    float dmin = Stored.half(b, block + 2);
    int high = block + 16;
    for (int group = 0; group < 8; group++) {
      float scale = d * scaleOfEight(b, block + 4, group);
      float minimum = dmin * minimumOfEight(b, block + 4, group);
      int quants = block + 48 + group / 2 * WIDE_GROUP;
      int shift = group % 2 * 4;
      for (int i = 0; i < WIDE_GROUP; i++) {
        int q = (b[quants + i] >> shift & 15) + (b[high + i] >> group & 1) * 16;
        to[at + group * WIDE_GROUP + i] = scale * q - minimum;
      }
    }
  }

  /** Six bits: of the first four groups in one byte, of the last four in pieces. */
  private static int scaleOfEight(byte[] b, int scales, int group) {
    return group < 4
        ? b[scales + group] & 63
        : (b[scales + group + 4] & 15) | (b[scales + group - 4] >> 6 & 3) << 4;
  }

  /** As the scales, but the high bits of the last four lie with the first four minima. */
  private static int minimumOfEight(byte[] b, int scales, int group) {
    return group < 4
        ? b[scales + group + 4] & 63
        : (b[scales + group + 4] >> 4 & 15) | (b[scales + group] >> 6 & 3) << 4;
  }

  /** Value = d · scale · (q − 32), the scales signed bytes. */
  static void q6(byte[] b, int block, float[] to, int at) {
    float d = Stored.half(b, block + 208);
    for (int group = 0; group < 16; group++) {
      float scale = d * b[block + 192 + group];
      int half = group / 8;
      int quarter = group % 8 / 2;
      int low = block + half * 64 + quarter % 2 * 32 + group % 2 * GROUP;
      int high = block + HALF + half * 32 + group % 2 * GROUP;
      for (int i = 0; i < GROUP; i++) {
        int q = (b[low + i] >> (quarter / 2 * 4) & 15) + (b[high + i] >> (quarter * 2) & 3) * 16;
        to[at + group * GROUP + i] = scale * (q - 32);
      }
    }
  }
}
