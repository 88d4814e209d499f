package dev.palimpsest.engine.backend.vector;

import static dev.palimpsest.engine.backend.vector.Lanes.F;
import static dev.palimpsest.engine.backend.vector.Lanes.F16;
import static dev.palimpsest.engine.backend.vector.Lanes.F32;
import static dev.palimpsest.engine.backend.vector.Lanes.L;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.palimpsest.engine.backend.block.RowDecoder;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Widens stored weights to f32, to the bits of the {@link RowDecoder}, a vector or a row at a time.
 */
final class Widening {
  static final int Q8_ELEMENTS = DType.Q8_0.blockElements();
  static final int Q8_BYTES = DType.Q8_0.blockBytes();

  /** Vectors of a Q8_0 block. */
  static final int Q8_VECTORS = Q8_ELEMENTS / L;

  private static final VectorSpecies<Integer> I = F.withLanes(int.class);
  private static final VectorSpecies<Short> S =
      VectorSpecies.of(short.class, VectorShape.forBitSize(L * Short.SIZE));

  /** There is no species of fewer than 64 bits: with four lanes, one load feeds two vectors. */
  private static final VectorSpecies<Byte> B =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, L * Byte.SIZE)));

  private static final int LANES_PER_LOAD = B.length();

  private static final int HALF_MAGNITUDE = 0x7fff;
  private static final int HALF_SIGN = 0x8000;
  private static final int FLOAT_BITS_OF_HALF_INFINITY = 0x7c00 << 13;
  private static final int BIAS_DIFFERENCE = 112;
  private static final float TWO_TO_BIAS_DIFFERENCE = 0x1p112f;

  private Widening() {}

  /**
   * Lanes of quants {@code [vector · L, (vector + 1) · L)} of the block that begins at an offset.
   */
  static FloatVector q8(MemorySegment data, long block, int vector) {
    int first = vector * L;
    int aligned = first / LANES_PER_LOAD * LANES_PER_LOAD;
    ByteVector q =
        ByteVector.fromMemorySegment(B, data, block + Short.BYTES + aligned, LITTLE_ENDIAN);
    return (FloatVector) q.convertShape(VectorOperators.B2F, F, (first - aligned) / L);
  }

  /**
   * Widens L signed bytes. Where a load feeds two vectors it reads as many bytes before them, or
   * behind where that would be before the segment.
   */
  static FloatVector bytes(MemorySegment data, long offset) {
    boolean isFirst = LANES_PER_LOAD == L || offset < L;
    long at = isFirst ? offset : offset - L;
    ByteVector q = ByteVector.fromMemorySegment(B, data, at, LITTLE_ENDIAN);
    return (FloatVector) q.convertShape(VectorOperators.B2F, F, isFirst ? 0 : 1);
  }

  /** Widens L brain floats. */
  static FloatVector brainFloat(MemorySegment data, long offset) {
    ShortVector upper = ShortVector.fromMemorySegment(S, data, offset, LITTLE_ENDIAN);
    IntVector bits = (IntVector) upper.convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
    return bits.lanewise(VectorOperators.LSHL, Short.SIZE).reinterpretAsFloats();
  }

  static float q8Scale(MemorySegment data, long block) {
    return Float.float16ToFloat(data.get(F16, block));
  }

  /**
   * Widens L halves: the bits of the magnitude, moved to a float's place, are the number times
   * 2^-112, subnormals included; infinities and NaNs get their exponent completed.
   */
  static FloatVector half(MemorySegment data, long offset) {
    ShortVector h = ShortVector.fromMemorySegment(S, data, offset, LITTLE_ENDIAN);
    IntVector bits = (IntVector) h.convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
    IntVector magnitude = bits.and(HALF_MAGNITUDE).lanewise(VectorOperators.LSHL, 13);
    IntVector sign = bits.and(HALF_SIGN).lanewise(VectorOperators.LSHL, 16);
    VectorMask<Integer> special =
        magnitude.compare(VectorOperators.GE, FLOAT_BITS_OF_HALF_INFINITY);
    IntVector scaled =
        magnitude.reinterpretAsFloats().mul(TWO_TO_BIAS_DIFFERENCE).reinterpretAsInts();
    IntVector completed = magnitude.add(BIAS_DIFFERENCE << 23);
    return scaled.blend(completed, special).or(sign).reinterpretAsFloats();
  }

  /**
   * Widens a row into {@code to}, beginning at {@code at}; those types that have no way of their
   * own here go through the decoder.
   */
  static void row(Tensor weights, int row, float[] to, int at, RowDecoder rows) {
    MemorySegment data = weights.data();
    int columns = (int) weights.shape().columns();
    long start = row * weights.rowBytes();
    switch (weights.type()) {
      case F32 -> MemorySegment.copy(data, F32, start, to, at, columns);
      case F16 -> rowOfHalves(data, start, columns, to, at);
      case Q8_0 -> rowOfQ8(data, start, columns, to, at);
      default -> rows.decode(weights, row, to, at);
    }
  }

  private static void rowOfHalves(MemorySegment data, long start, int columns, float[] to, int at) {
    int whole = F.loopBound(columns);
    for (int k = 0; k < whole; k += L) {
      half(data, start + (long) k * Short.BYTES).intoArray(to, at + k);
    }
    for (int k = whole; k < columns; k++) {
      to[at + k] = Float.float16ToFloat(data.get(F16, start + (long) k * Short.BYTES));
    }
  }

  private static void rowOfQ8(MemorySegment data, long start, int columns, float[] to, int at) {
    int blocks = columns / Q8_ELEMENTS;
    for (int b = 0; b < blocks; b++) {
      long block = start + (long) b * Q8_BYTES;
      float scale = q8Scale(data, block);
      for (int v = 0; v < Q8_VECTORS; v++) {
        q8(data, block, v).mul(scale).intoArray(to, at + b * Q8_ELEMENTS + v * L);
      }
    }
  }
}
