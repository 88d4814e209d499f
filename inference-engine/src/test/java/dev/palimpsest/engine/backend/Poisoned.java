package dev.palimpsest.engine.backend;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Makes tensors that lie between poison: bytes before and after that are NaN as numbers. A kernel
 * that reads them spoils its result, one that writes them is found by {@link #check}. The tensors
 * begin at odd places, as those of a model file may.
 */
public final class Poisoned {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfShort F16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final int PADDING = 132;
  private static final byte POISON = 0x7f;

  private final Arena arena;
  private final RandomGenerator random;
  private final List<MemorySegment> whole = new ArrayList<>();

  /** Takes memory from an arena that lives at least as long. */
  public Poisoned(Arena arena, RandomGenerator random) {
    this.arena = arena;
    this.random = random;
  }

  /** A tensor of random numbers near one in size. */
  public Tensor random(DType type, long rows, long columns) {
    Tensor tensor = empty(type, rows, columns);
    MemorySegment data = tensor.data();
    switch (type) {
      case F32 -> {
        for (long i = 0; i < data.byteSize(); i += Float.BYTES) {
          data.set(F32, i, (float) random.nextGaussian());
        }
      }
      case F16 -> {
        for (long i = 0; i < data.byteSize(); i += Short.BYTES) {
          data.set(F16, i, Float.floatToFloat16(half()));
        }
      }
      case BF16 -> {
        for (long i = 0; i < data.byteSize(); i += Short.BYTES) {
          int bits = Float.floatToRawIntBits((float) random.nextGaussian());
          data.set(F16, i, (short) (bits >>> 16));
        }
      }
      default -> fillBlocks(type, data);
    }
    return tensor;
  }

  /** Among the halves are zeros and subnormal ones. */
  private float half() {
    float value = (float) random.nextGaussian();
    return switch (random.nextInt(8)) {
      case 0 -> value * 1e-6f;
      case 1 -> -0f;
      default -> value;
    };
  }

  private void fillBlocks(DType type, MemorySegment data) {
    for (long i = 0; i < data.byteSize(); i++) {
      data.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(-128, 128));
    }
    for (long block = 0; block < data.byteSize(); block += type.blockBytes()) {
      if (type == DType.MXFP4) {
        data.set(ValueLayout.JAVA_BYTE, block, (byte) random.nextInt(118, 128));
      }
      for (int scale : scales(type)) {
        data.set(F16, block + scale, Float.floatToFloat16((float) random.nextGaussian() / 64));
      }
    }
  }

  /** Where in a block its halves lie. */
  private static int[] scales(DType type) {
    return switch (type) {
      case F32, F16, BF16, MXFP4 -> new int[0];
      case Q4_0, Q5_0, Q8_0, IQ4_NL, IQ4_XS -> new int[] {0};
      case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
      case Q2_K -> new int[] {80, 82};
      case Q3_K -> new int[] {108};
      case Q6_K -> new int[] {208};
    };
  }

  /** A tensor whose content is poison as well. */
  public Tensor empty(DType type, long rows, long columns) {
    long bytes = rows * type.bytes(columns);
    MemorySegment segment = arena.allocate(bytes + 2L * PADDING, 4);
    segment.fill(POISON);
    for (long i = 0; i + Float.BYTES <= segment.byteSize(); i += Float.BYTES) {
      segment.set(F32, i, Float.NaN);
    }
    whole.add(segment);
    MemorySegment data = segment.asSlice(PADDING, bytes);
    return new Tensor(type + "", type, Shape.of(rows, columns), data);
  }

  /** A copy with poison of its own. */
  public Tensor copy(Tensor tensor) {
    Tensor copy = empty(tensor.type(), tensor.shape().rows(), tensor.shape().columns());
    copy.data().copyFrom(tensor.data());
    return copy;
  }

  /** Fails if anything was written before or after a tensor. */
  public void check() {
    for (MemorySegment segment : whole) {
      MemorySegment clean = arena.allocate(segment.byteSize(), 4);
      clean.fill(POISON);
      for (long i = 0; i + Float.BYTES <= clean.byteSize(); i += Float.BYTES) {
        clean.set(F32, i, Float.NaN);
      }
      long end = segment.byteSize() - PADDING;
      assertEquals(-1, segment.asSlice(0, PADDING).mismatch(clean.asSlice(0, PADDING)), "before");
      assertEquals(-1, segment.asSlice(end).mismatch(clean.asSlice(end)), "after");
    }
  }

  /** The elements of an F32 tensor. */
  public static float[] floats(Tensor tensor) {
    return tensor.data().toArray(F32);
  }
}
