package dev.palimpsest.engine.backend.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector shape of this machine and the few functions over it that the API does not pin down.
 */
final class Lanes {
  /** The preferred species, held between 4 and 16 lanes, for which the code below is written. */
  static final VectorSpecies<Float> F =
      switch (FloatVector.SPECIES_PREFERRED.length()) {
        case 1, 2 -> FloatVector.SPECIES_128;
        case 4, 8, 16 -> FloatVector.SPECIES_PREFERRED;
        default -> FloatVector.SPECIES_512;
      };

  static final int L = F.length();

  static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  static final ValueLayout.OfShort F16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private static final VectorShuffle<Float> ACROSS_8 = F.shuffleFromOp(i -> (i ^ 8) % L);
  private static final VectorShuffle<Float> ACROSS_4 = F.shuffleFromOp(i -> (i ^ 4) % L);
  private static final VectorShuffle<Float> ACROSS_2 = F.shuffleFromOp(i -> (i ^ 2) % L);
  private static final VectorShuffle<Float> ACROSS_1 = F.shuffleFromOp(i -> (i ^ 1) % L);

  private static final float EXP_MAX = 88.0f;
  private static final float EXP_MIN = -87.0f;
  private static final int EXPONENT_BIAS_BITS = 0x3f80_0000;

  /** Adding this moves the rounded integer part of a small float into its lowest bits. */
  private static final FloatVector ROUNDING = all(12_582_912f);

  private static final FloatVector LOG2_E = all(1.442695f);
  private static final FloatVector MINUS_LN2_HIGH = all(-0.6933594f);
  private static final FloatVector MINUS_LN2_LOW = all(0.00021219444f);
  private static final FloatVector C6 = all(0.00019875691f);
  private static final FloatVector C5 = all(0.0013981999f);
  private static final FloatVector C4 = all(0.008333452f);
  private static final FloatVector C3 = all(0.041665796f);
  private static final FloatVector C2 = all(0.16666666f);
  private static final FloatVector C1 = all(0.5f);
  private static final FloatVector ONE = all(1f);

  private Lanes() {}

  static FloatVector load(MemorySegment data, long offset) {
    return FloatVector.fromMemorySegment(F, data, offset, LITTLE_ENDIAN);
  }

  static FloatVector load(MemorySegment data, long offset, VectorMask<Float> mask) {
    return FloatVector.fromMemorySegment(F, data, offset, LITTLE_ENDIAN, mask);
  }

  static void store(FloatVector v, MemorySegment data, long offset) {
    v.intoMemorySegment(data, offset, LITTLE_ENDIAN);
  }

  static void store(FloatVector v, MemorySegment data, long offset, VectorMask<Float> mask) {
    v.intoMemorySegment(data, offset, LITTLE_ENDIAN, mask);
  }

  /**
   * Sum of L values as a fixed tree: halves onto each other. {@code reduceLanes(ADD)} may add in
   * another order once compiled. It takes an array and not a vector, because a call that the
   * compiler does not inline would box the vector.
   */
  static float sum(float[] values, int at) {
    FloatVector s = FloatVector.fromArray(F, values, at);
    if (L > 8) {
      s = s.add(s.rearrange(ACROSS_8));
    }
    if (L > 4) {
      s = s.add(s.rearrange(ACROSS_4));
    }
    s = s.add(s.rearrange(ACROSS_2));
    s = s.add(s.rearrange(ACROSS_1));
    return s.lane(0);
  }

  /**
   * Replaces each of the first {@code count} values, and those up to a whole vector, by e^(factor ·
   * value − shift), the exponent held between {@value #EXP_MIN} and {@value #EXP_MAX}; relative
   * error below 3e-7. Cody-Waite reduction and the polynomial of Cephes' expf. The API's own
   * exponential may give other bits once compiled. On an array for the same reason as {@link #sum}.
   */
  static void exp(float[] values, int count, float factor, float shift) {
    for (int i = 0; i < count; i += L) {
      FloatVector argument = FloatVector.fromArray(F, values, i).mul(factor).sub(shift);
      FloatVector x = argument.max(EXP_MIN).min(EXP_MAX);
      FloatVector shifted = x.fma(LOG2_E, ROUNDING);
      FloatVector n = shifted.sub(ROUNDING);
      FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, x));
      FloatVector p = C6.fma(r, C5).fma(r, C4).fma(r, C3).fma(r, C2).fma(r, C1).fma(r, ONE);
      IntVector exponent =
          shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(EXPONENT_BIAS_BITS);
      p.fma(r, ONE).mul(exponent.reinterpretAsFloats()).intoArray(values, i);
    }
  }

  private static FloatVector all(float value) {
    return FloatVector.broadcast(F, value);
  }
}
