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

  private static final float LOG2_E = 1.442695f;
  private static final float LN2_HIGH = 0.6933594f;
  private static final float LN2_LOW = -0.00021219444f;
  private static final float EXP_MAX = 88.0f;
  private static final float EXP_MIN = -87.0f;

  /** Adding this moves the rounded integer part of a small float into its lowest bits. */
  private static final float ROUNDING = 12_582_912f;

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
   * Sum of the lanes as a fixed tree: halves onto each other. {@code reduceLanes(ADD)} may add in
   * another order once compiled.
   */
  static float sum(FloatVector v) {
    FloatVector s = v;
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
   * e^x, with the argument held between {@value #EXP_MIN} and {@value #EXP_MAX}; relative error
   * below 3e-7. Cody-Waite reduction and the polynomial of Cephes' expf. The API's own exponential
   * may give other bits once compiled.
   */
  static FloatVector exp(FloatVector argument) {
    FloatVector x = argument.max(EXP_MIN).min(EXP_MAX);
    FloatVector shifted = x.mul(LOG2_E).add(ROUNDING);
    FloatVector n = shifted.sub(ROUNDING);
    FloatVector r = n.mul(-LN2_HIGH).add(x);
    r = n.mul(-LN2_LOW).add(r);
    FloatVector p = FloatVector.broadcast(F, 0.00019875691f);
    p = p.mul(r).add(0.0013981999f);
    p = p.mul(r).add(0.008333452f);
    p = p.mul(r).add(0.041665796f);
    p = p.mul(r).add(0.16666666f);
    p = p.mul(r).add(0.5f);
    p = p.mul(r).mul(r).add(r).add(1f);
    IntVector exponent =
        shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(0x3f80_0000);
    return p.mul(exponent.reinterpretAsFloats());
  }
}
