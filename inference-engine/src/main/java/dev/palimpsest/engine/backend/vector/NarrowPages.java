package dev.palimpsest.engine.backend.vector;

import static dev.palimpsest.engine.backend.vector.Lanes.F;
import static dev.palimpsest.engine.backend.vector.Lanes.L;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.KvBlock;
import dev.palimpsest.engine.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The two products of attention with pages of fewer than 32 bits an element, widened on the way. A
 * loop for each type: a vector that is chosen inside of one would lie on the heap.
 */
final class NarrowPages {
  private static final int PAGE = Attention.PAGE_TOKENS;
  private static final long STRIDE = (long) PAGE * Short.BYTES;

  private NarrowPages() {}

  /**
   * Widens a block of halves or brain floats to one of full precision.
   *
   * @param start where the block begins, in bytes
   * @param to at least as large as a block of F32
   */
  static void widen(KvBlock block, MemorySegment slab, long start, MemorySegment to) {
    int elements = 2 * block.dim() * PAGE;
    if (block.type() == DType.F16) {
      for (int i = 0; i < elements; i += L) {
        Widening.half(slab, start + (long) i * Short.BYTES)
            .intoMemorySegment(to, (long) i * Float.BYTES, LITTLE_ENDIAN);
      }
    } else {
      for (int i = 0; i < elements; i += L) {
        Widening.brainFloat(slab, start + (long) i * Short.BYTES)
            .intoMemorySegment(to, (long) i * Float.BYTES, LITTLE_ENDIAN);
      }
    }
  }

  /**
   * The products of a query and the keys of all tokens of a page.
   *
   * @param keys where the block begins, in bytes
   * @param query at least {@code dim} elements
   * @param scores filled with {@value Attention#PAGE_TOKENS} products
   */
  static void multiply(
      KvBlock block, MemorySegment slab, long keys, float[] query, float[] scores) {
    switch (block.type()) {
      case F16 -> multiplyHalves(slab, keys, block.dim(), query, scores);
      case BF16 -> multiplyBrainFloats(slab, keys, block.dim(), query, scores);
      default -> multiplyQuants(block, slab, keys, query, scores);
    }
  }

  private static void multiplyHalves(
      MemorySegment slab, long keys, int dim, float[] query, float[] scores) {
    for (int c = 0; c < PAGE; c += L) {
      FloatVector a0 = FloatVector.zero(F);
      FloatVector a1 = FloatVector.zero(F);
      FloatVector a2 = FloatVector.zero(F);
      FloatVector a3 = FloatVector.zero(F);
      long at = keys + (long) c * Short.BYTES;
      int d = 0;
      for (; d + 4 <= dim; d += 4, at += 4 * STRIDE) {
        a0 = Widening.half(slab, at).fma(FloatVector.broadcast(F, query[d]), a0);
        a1 = Widening.half(slab, at + STRIDE).fma(FloatVector.broadcast(F, query[d + 1]), a1);
        a2 = Widening.half(slab, at + 2 * STRIDE).fma(FloatVector.broadcast(F, query[d + 2]), a2);
        a3 = Widening.half(slab, at + 3 * STRIDE).fma(FloatVector.broadcast(F, query[d + 3]), a3);
      }
      for (; d < dim; d++, at += STRIDE) {
        a0 = Widening.half(slab, at).fma(FloatVector.broadcast(F, query[d]), a0);
      }
      a0.add(a1).add(a2.add(a3)).intoArray(scores, c);
    }
  }

  private static void multiplyBrainFloats(
      MemorySegment slab, long keys, int dim, float[] query, float[] scores) {
    for (int c = 0; c < PAGE; c += L) {
      FloatVector a0 = FloatVector.zero(F);
      FloatVector a1 = FloatVector.zero(F);
      FloatVector a2 = FloatVector.zero(F);
      FloatVector a3 = FloatVector.zero(F);
      long at = keys + (long) c * Short.BYTES;
      int d = 0;
      for (; d + 4 <= dim; d += 4, at += 4 * STRIDE) {
        a0 = Widening.brainFloat(slab, at).fma(FloatVector.broadcast(F, query[d]), a0);
        a1 = Widening.brainFloat(slab, at + STRIDE).fma(FloatVector.broadcast(F, query[d + 1]), a1);
        a2 =
            Widening.brainFloat(slab, at + 2 * STRIDE)
                .fma(FloatVector.broadcast(F, query[d + 2]), a2);
        a3 =
            Widening.brainFloat(slab, at + 3 * STRIDE)
                .fma(FloatVector.broadcast(F, query[d + 3]), a3);
      }
      for (; d < dim; d++, at += STRIDE) {
        a0 = Widening.brainFloat(slab, at).fma(FloatVector.broadcast(F, query[d]), a0);
      }
      a0.add(a1).add(a2.add(a3)).intoArray(scores, c);
    }
  }

  private static void multiplyQuants(
      KvBlock block, MemorySegment slab, long keys, float[] query, float[] scores) {
    int dim = block.dim();
    long scales = keys + block.scalesAt();
    for (int c = 0; c < PAGE; c += L) {
      FloatVector sum = FloatVector.zero(F);
      for (int first = 0; first < dim; first += KvBlock.SCALED) {
        FloatVector part = FloatVector.zero(F);
        int end = Math.min(dim, first + KvBlock.SCALED);
        for (int d = first; d < end; d++) {
          FloatVector key = Widening.bytes(slab, keys + (long) d * PAGE + c);
          part = key.fma(FloatVector.broadcast(F, query[d]), part);
        }
        long scale = scales + ((long) first / KvBlock.SCALED * PAGE + c) * Short.BYTES;
        sum = Widening.half(slab, scale).fma(part, sum);
      }
      sum.intoArray(scores, c);
    }
  }

  /**
   * Adds the value of a token of a page.
   *
   * @param start where the block begins, in bytes
   * @param token its place in the page
   * @param weight what the value is multiplied with
   * @param result at least {@code dim} elements
   */
  static void addValue(
      KvBlock block, MemorySegment slab, long start, int token, float weight, float[] result) {
    long values = start + block.keyBytes();
    switch (block.type()) {
      case F16 -> addHalves(block, slab, values, token, weight, result);
      case BF16 -> addBrainFloats(block, slab, values, token, weight, result);
      default -> addQuants(block, slab, values, token, weight, result);
    }
    for (int d = F.loopBound(block.dim()); d < block.dim(); d++) {
      result[d] = Math.fma(block.value(slab, start, token, d), weight, result[d]);
    }
  }

  private static void addHalves(
      KvBlock block, MemorySegment slab, long values, int token, float weight, float[] result) {
    int dim = block.dim();
    long row = values + (long) token * dim * Short.BYTES;
    for (int d = 0; d + L <= dim; d += L) {
      FloatVector value = Widening.half(slab, row + (long) d * Short.BYTES);
      value
          .fma(FloatVector.broadcast(F, weight), FloatVector.fromArray(F, result, d))
          .intoArray(result, d);
    }
  }

  private static void addBrainFloats(
      KvBlock block, MemorySegment slab, long values, int token, float weight, float[] result) {
    int dim = block.dim();
    long row = values + (long) token * dim * Short.BYTES;
    for (int d = 0; d + L <= dim; d += L) {
      FloatVector value = Widening.brainFloat(slab, row + (long) d * Short.BYTES);
      value
          .fma(FloatVector.broadcast(F, weight), FloatVector.fromArray(F, result, d))
          .intoArray(result, d);
    }
  }

  private static void addQuants(
      KvBlock block, MemorySegment slab, long values, int token, float weight, float[] result) {
    int dim = block.dim();
    long row = values + (long) token * dim;
    long scales = values + block.scalesAt() + (long) token * block.groups() * Short.BYTES;
    for (int d = 0; d + L <= dim; d += L) {
      float scale = Widening.q8Scale(slab, scales + (long) (d / KvBlock.SCALED) * Short.BYTES);
      FloatVector value = Widening.bytes(slab, row + d);
      value
          .fma(FloatVector.broadcast(F, weight * scale), FloatVector.fromArray(F, result, d))
          .intoArray(result, d);
    }
  }
}
