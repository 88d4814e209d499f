package dev.palimpsest.engine.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A named block of numbers. The memory is borrowed: it belongs to the {@code Model} (mapped
 * weights) or to whoever made the tensor, and is valid as long as the owner is open.
 *
 * @param name the name in the model file, such as {@code blk.0.attn_q.weight}
 * @param type the element type
 * @param shape extents, outermost first; a row is a whole number of blocks
 * @param data exactly the tensor's bytes, rows one after the other
 */
public record Tensor(String name, DType type, Shape shape, MemorySegment data) {
  /** Checks that the memory has the size that type and shape ask for. */
  public Tensor {
    long bytes = Math.multiplyExact(shape.rows(), type.bytes(shape.columns()));
    if (data.byteSize() != bytes) {
      throw new IllegalArgumentException(
          name + " has " + data.byteSize() + " bytes, its shape asks for " + bytes);
    }
  }

  /**
   * A stretch of the rows as a matrix of its own, over the same memory.
   *
   * @throws IndexOutOfBoundsException if there are not so many
   */
  public Tensor rows(long from, long count) {
    long bytes = Math.multiplyExact(count, rowBytes());
    return new Tensor(
        name, type, Shape.of(count, shape.columns()), data.asSlice(from * rowBytes(), bytes));
  }

  /** Bytes from one row to the next. */
  public long rowBytes() {
    return type.bytes(shape.columns());
  }
}
