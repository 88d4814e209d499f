package dev.palimpsest.engine.backend;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.palimpsest.engine.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How the keys and values of one key/value head lie on one page: {@value Attention#PAGE_TOKENS}
 * tokens, the keys transposed, so that neighbouring tokens lie side by side in every dimension, and
 * then the values, token after token.
 *
 * <table>
 * <caption>Layouts, little-endian, without a byte between the fields; g is dim / 32, rounded
 *     up</caption>
 * <tr><th>type</th><th>keys</th><th>values</th></tr>
 * <tr><td>F32, F16, BF16</td><td>{@code [dim, 32]}</td><td>{@code [32, dim]}</td></tr>
 * <tr><td>Q8_0</td><td>i8 {@code [dim, 32]}, f16 scales {@code [g, 32]}</td>
 *     <td>i8 {@code [32, dim]}, f16 scales {@code [32, g]}</td></tr>
 * </table>
 *
 * In Q8_0 up to 32 neighbouring dimensions of a token share a scale, the largest magnitude among
 * them divided by 127. Every token is stored for itself: what it reads as depends on nothing else.
 *
 * @param type F32, F16, BF16 or Q8_0
 * @param dim elements of a key and of a value
 */
public record KvBlock(DType type, int dim) {
  /** Dimensions that share a scale. */
  public static final int SCALED = DType.Q8_0.blockElements();

  private static final int PAGE = Attention.PAGE_TOKENS;
  private static final float LARGEST_QUANT = 127f;
  private static final float LARGEST_HALF = 65_504f;
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);

  /** Checks the type. */
  public KvBlock {
    if (!isPossible(type)) {
      throw new IllegalArgumentException("keys and values cannot be kept as " + type);
    }
    if (dim < 1) {
      throw new IllegalArgumentException("no key of " + dim + " elements");
    }
  }

  /** Whether keys and values can be kept in a type. */
  public static boolean isPossible(DType type) {
    return switch (type) {
      case F32, F16, BF16, Q8_0 -> true;
      default -> false;
    };
  }

  /** A block of full precision. */
  public static KvBlock f32(int dim) {
    return new KvBlock(DType.F32, dim);
  }

  /** Bytes of the keys; the values begin there and take as many. */
  public long keyBytes() {
    long elements = (long) dim * PAGE;
    return switch (type) {
      case F32 -> elements * Float.BYTES;
      case F16, BF16 -> elements * Short.BYTES;
      default -> elements + (long) groups() * PAGE * Short.BYTES;
    };
  }

  /** Bytes of the block. */
  public long bytes() {
    return 2 * keyBytes();
  }

  /** Scales of a key. */
  public int groups() {
    return Math.ceilDiv(dim, SCALED);
  }

  /** Where the scales of the keys or of the values begin, in bytes from where those begin. */
  public long scalesAt() {
    return (long) dim * PAGE;
  }

  /**
   * An element of a key.
   *
   * @param block where the block begins in the slab, in bytes
   * @param slot which of its tokens
   */
  public float key(MemorySegment slab, long block, int slot, int d) {
    return read(slab, block, (long) d * PAGE + slot, (long) (d / SCALED) * PAGE + slot);
  }

  /** An element of a value. */
  public float value(MemorySegment slab, long block, int slot, int d) {
    long values = block + keyBytes();
    return read(slab, values, (long) slot * dim + d, (long) slot * groups() + d / SCALED);
  }

  private float read(MemorySegment slab, long start, long element, long scale) {
    return switch (type) {
      case F32 -> slab.get(F32, start + element * Float.BYTES);
      case F16 -> half(slab, start + element * Short.BYTES);
      case BF16 -> Float.intBitsToFloat(slab.get(U16, start + element * Short.BYTES) << Short.SIZE);
      default ->
          slab.get(ValueLayout.JAVA_BYTE, start + element)
              * half(slab, start + scalesAt() + scale * Short.BYTES);
    };
  }

  private static float half(MemorySegment slab, long at) {
    return Float.float16ToFloat(slab.get(U16, at));
  }

  /**
   * Stores a key and a value.
   *
   * @param key F32, {@code dim} elements from {@code from} on, in bytes
   * @param value the same
   */
  public void store(
      MemorySegment key, MemorySegment value, long from, MemorySegment slab, long block, int slot) {
    if (type == DType.Q8_0) {
      quantise(key, from, slab, block, slot);
      quantise(value, from, slab, block + keyBytes(), -1 - slot);
      return;
    }
    long values = block + keyBytes();
    for (int d = 0; d < dim; d++) {
      long source = from + (long) d * Float.BYTES;
      write(slab, block, (long) d * PAGE + slot, key.get(F32, source));
      write(slab, values, (long) slot * dim + d, value.get(F32, source));
    }
  }

  private void write(MemorySegment slab, long start, long element, float x) {
    switch (type) {
      case F32 -> slab.set(F32, start + element * Float.BYTES, x);
      case F16 -> slab.set(U16, start + element * Short.BYTES, toHalf(x));
      default -> slab.set(U16, start + element * Short.BYTES, toBrainFloat(x));
    }
  }

  /** To the nearest; what is too large becomes the largest there is. */
  private static short toHalf(float x) {
    return Float.floatToFloat16(Math.clamp(x, -LARGEST_HALF, LARGEST_HALF));
  }

  /** To the nearest, ties to even. */
  private static short toBrainFloat(float x) {
    int bits = Float.floatToRawIntBits(x);
    int even = (bits >>> Short.SIZE) & 1;
    return Float.isNaN(x)
        ? (short) ((bits >>> Short.SIZE) | 1)
        : (short) ((bits + Short.MAX_VALUE + even) >>> Short.SIZE);
  }

  /** Quantises a key where {@code slot} is its token, a value where it is -1 - token. */
  private void quantise(MemorySegment x, long from, MemorySegment slab, long start, int slot) {
    boolean isKey = slot >= 0;
    int token = isKey ? slot : -1 - slot;
    for (int group = 0; group < groups(); group++) {
      int first = group * SCALED;
      int end = Math.min(dim, first + SCALED);
      float largest = 0;
      for (int d = first; d < end; d++) {
        largest = Math.max(largest, Math.abs(x.get(F32, from + (long) d * Float.BYTES)));
      }
      short stored = toHalf(largest / LARGEST_QUANT);
      long place = isKey ? (long) group * PAGE + token : (long) token * groups() + group;
      slab.set(U16, start + scalesAt() + place * Short.BYTES, stored);
      // What it reads as, so that rounding the scale does not move every element.
      float scale = Float.float16ToFloat(stored);
      for (int d = first; d < end; d++) {
        float quant = scale == 0 ? 0 : x.get(F32, from + (long) d * Float.BYTES) / scale;
        byte rounded = (byte) Math.rint(Math.clamp(quant, -LARGEST_QUANT, LARGEST_QUANT));
        long element = isKey ? (long) d * PAGE + token : (long) token * dim + d;
        slab.set(ValueLayout.JAVA_BYTE, start + element, rounded);
      }
    }
  }
}
