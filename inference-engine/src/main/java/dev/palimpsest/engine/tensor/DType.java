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
 * <tr><td>Q8_0</td><td>32</td><td>34</td><td>f16 d; i8 q[32]; value = d · q</td></tr>
 * </table>
 */
public enum DType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  Q8_0(8, 32, 34);

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
