package dev.palimpsest.engine.tensor;

import java.util.Optional;

/**
 * The element types of stored tensors, as ggml numbers them. A type is a block layout: {@link
 * #blockElements} consecutive elements of a row share {@link #blockBytes} bytes.
 *
 * <table>
 * <caption>Block layouts, little-endian</caption>
 * <tr><th>type</th><th>elements</th><th>bytes</th><th>fields in order</th></tr>
 * <tr><td>F32</td><td>1</td><td>4</td><td>f32</td></tr>
 * <tr><td>F16</td><td>1</td><td>2</td><td>IEEE 754 binary16</td></tr>
 * <tr><td>BF16</td><td>1</td><td>2</td><td>the upper half of an f32</td></tr>
 * <tr><td>Q4_0</td><td>32</td><td>18</td><td>f16 d; u8 q[16]; value = d · (q − 8)</td></tr>
 * <tr><td>Q4_1</td><td>32</td><td>20</td><td>f16 d, m; u8 q[16]; value = d · q + m</td></tr>
 * <tr><td>Q5_0</td><td>32</td><td>22</td><td>f16 d; u32 high; u8 q[16]; value = d · (q − 16)</td></tr>
 * <tr><td>Q5_1</td><td>32</td><td>24</td><td>f16 d, m; u32 high; u8 q[16]; value = d · q + m</td></tr>
 * <tr><td>Q8_0</td><td>32</td><td>34</td><td>f16 d; i8 q[32]; value = d · q</td></tr>
 * <tr><td>Q2_K</td><td>256</td><td>84</td><td>u8 scales[16]; u8 q[64]; f16 d, dmin</td></tr>
 * <tr><td>Q3_K</td><td>256</td><td>110</td><td>u8 high[32]; u8 q[64]; u8 scales[12]; f16 d</td></tr>
 * <tr><td>Q4_K</td><td>256</td><td>144</td><td>f16 d, dmin; u8 scales[12]; u8 q[128]</td></tr>
 * <tr><td>Q5_K</td><td>256</td><td>176</td><td>f16 d, dmin; u8 scales[12]; u8 high[32]; u8 q[128]
 *     </td></tr>
 * <tr><td>Q6_K</td><td>256</td><td>210</td><td>u8 q[128]; u8 high[64]; i8 scales[16]; f16 d</td></tr>
 * <tr><td>IQ4_NL</td><td>32</td><td>18</td><td>f16 d; u8 q[16]; value = d · table[q]</td></tr>
 * <tr><td>IQ4_XS</td><td>256</td><td>136</td><td>f16 d; u16 high; u8 scales[4]; u8 q[128]</td></tr>
 * <tr><td>MXFP4</td><td>32</td><td>17</td><td>u8 exponent; u8 q[16], E2M1</td></tr>
 * </table>
 */
public enum DType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  BF16(30, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q2_K(10, 256, 84),
  Q3_K(11, 256, 110),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  IQ4_NL(20, 32, 18),
  IQ4_XS(23, 256, 136),
  MXFP4(39, 32, 17);

  private final int ggmlId;
  private final int blockElements;
  private final int blockBytes;

  DType(int ggmlId, int blockElements, int blockBytes) {
    this.ggmlId = ggmlId;
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  /** The number by which a GGUF tensor record names this type. */
  public int ggmlId() {
    return ggmlId;
  }

  /** Elements that one block holds. */
  public int blockElements() {
    return blockElements;
  }

  /** Bytes that one block takes. */
  public int blockBytes() {
    return blockBytes;
  }

  /**
   * Bytes that a row of {@code elements} takes.
   *
   * @throws IllegalArgumentException if the count is negative or not a whole number of blocks
   * @throws ArithmeticException if the bytes do not fit a long
   */
  public long bytes(long elements) {
    if (elements < 0 || elements % blockElements != 0) {
      throw new IllegalArgumentException(
          elements + " elements are no whole number of " + this + " blocks");
    }
    return Math.multiplyExact(elements / blockElements, (long) blockBytes);
  }

  /** The type with this ggml number, empty where the engine does not know it. */
  public static Optional<DType> ofGgmlId(int id) {
    for (DType type : values()) {
      if (type.ggmlId == id) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
