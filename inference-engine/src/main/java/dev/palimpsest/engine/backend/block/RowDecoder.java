package dev.palimpsest.engine.backend.block;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Widens rows of weights of any type to f32. Holds the bytes of the row at hand, because arrays are
 * quicker to read than mapped memory; belongs to one thread.
 */
public final class RowDecoder {
  private byte[] bytes = new byte[0];

  /**
   * Widens one row.
   *
   * @param weights {@code [rows, columns]}, of any type
   * @param to takes {@code columns} numbers, beginning at {@code at}
   */
  public void decode(Tensor weights, int row, float[] to, int at) {
    int length = Math.toIntExact(weights.rowBytes());
    if (bytes.length < length) {
      bytes = new byte[length];
    }
    MemorySegment.copy(
        weights.data(), ValueLayout.JAVA_BYTE, (long) row * length, bytes, 0, length);
    blocks(weights.type(), length, to, at);
  }

  /** Decodes the whole blocks of the first {@code length} bytes. */
  private void blocks(DType type, int length, float[] to, int at) {
    switch (type) {
      case F32 -> f32(length, to, at);
      case F16 -> f16(length, to, at);
      case BF16 -> bf16(length, to, at);
      default -> {
        int step = type.blockBytes();
        int elements = type.blockElements();
        for (int block = 0, first = at; block < length; block += step, first += elements) {
          block(type, block, to, first);
        }
      }
    }
  }

  private void block(DType type, int block, float[] to, int at) {
    byte[] b = bytes;
    switch (type) {
      case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no blocks");
      case Q4_0 -> RoundBlocks.q4WithoutMinimum(b, block, to, at);
      case Q4_1 -> RoundBlocks.q4WithMinimum(b, block, to, at);
      case Q5_0 -> RoundBlocks.q5WithoutMinimum(b, block, to, at);
      case Q5_1 -> RoundBlocks.q5WithMinimum(b, block, to, at);
      case Q8_0 -> RoundBlocks.q8(b, block, to, at);
      case Q2_K -> SuperBlocks.q2(b, block, to, at);
      case Q3_K -> SuperBlocks.q3(b, block, to, at);
      case Q4_K -> SuperBlocks.q4(b, block, to, at);
      case Q5_K -> SuperBlocks.q5(b, block, to, at);
      case Q6_K -> SuperBlocks.q6(b, block, to, at);
      case IQ4_NL -> CodebookBlocks.iq4(b, block, to, at);
      case IQ4_XS -> CodebookBlocks.iq4Super(b, block, to, at);
      case MXFP4 -> CodebookBlocks.mxfp4(b, block, to, at);
    }
  }

  private void f32(int length, float[] to, int at) {
    for (int i = 0; i < length / Float.BYTES; i++) {
      to[at + i] = Float.intBitsToFloat(Stored.i32(bytes, i * Float.BYTES));
    }
  }

  private void f16(int length, float[] to, int at) {
    for (int i = 0; i < length / Short.BYTES; i++) {
      to[at + i] = Stored.half(bytes, i * Short.BYTES);
    }
  }

  private void bf16(int length, float[] to, int at) {
    for (int i = 0; i < length / Short.BYTES; i++) {
      to[at + i] = Float.intBitsToFloat(Stored.u16(bytes, i * Short.BYTES) << 16);
    }
  }
}
