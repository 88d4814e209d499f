package dev.palimpsest.engine.backend.vector;

import static dev.palimpsest.engine.backend.vector.Lanes.F;
import static dev.palimpsest.engine.backend.vector.Lanes.L;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.KvBlock;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The two products of attention with pages of fewer than 32 bits an element, widened on the way. A
 * loop for each type: a vector that is chosen inside of one would lie on the heap.
 */
final class NarrowPages {
  private static final int PAGE = Attention.PAGE_TOKENS;

  private NarrowPages() {}

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
      FloatVector even = FloatVector.zero(F);
      FloatVector odd = FloatVector.zero(F);
      long at = keys + (long) c * Short.BYTES;
      int d = 0;
      for (; d + 2 <= dim; d += 2, at += 2 * PAGE * Short.BYTES) {
        even = Widening.half(slab, at).fma(FloatVector.broadcast(F, query[d]), even);
        long next = at + PAGE * Short.BYTES;
        odd = Widening.half(slab, next).fma(FloatVector.broadcast(F, query[d + 1]), odd);
      }
      if (d < dim) {
        even = Widening.half(slab, at).fma(FloatVector.broadcast(F, query[d]), even);
      }
      even.add(odd).intoArray(scores, c);
    }
  }

  private static void multiplyBrainFloats(
      MemorySegment slab, long keys, int dim, float[] query, float[] scores) {
    for (int c = 0; c < PAGE; c += L) {
      FloatVector even = FloatVector.zero(F);
      FloatVector odd = FloatVector.zero(F);
      long at = keys + (long) c * Short.BYTES;
      int d = 0;
      for (; d + 2 <= dim; d += 2, at += 2 * PAGE * Short.BYTES) {
        even = Widening.brainFloat(slab, at).fma(FloatVector.broadcast(F, query[d]), even);
        long next = at + PAGE * Short.BYTES;
        odd = Widening.brainFloat(slab, next).fma(FloatVector.broadcast(F, query[d + 1]), odd);
      }
      if (d < dim) {
        even = Widening.brainFloat(slab, at).fma(FloatVector.broadcast(F, query[d]), even);
      }
      even.add(odd).intoArray(scores, c);
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
   * Adds the values of some tokens of a page, each by its weight.
   *
   * @param start where the block begins, in bytes
   * @param weights of each token of the page
   * @param from the first token
   * @param count the token after the last
   * @param result at least {@code dim} elements
   */
  static void addValues(
      Attention batch, long start, float[] weights, int from, int count, float[] result) {
    KvBlock block = batch.block();
    long values = start + block.keyBytes();
    for (int j = from; j < count; j++) {
      float weight = weights[j];
      switch (block.type()) {
        case F16 -> addHalves(block, batch.slab(), values, j, weight, result);
        case BF16 -> addBrainFloats(block, batch.slab(), values, j, weight, result);
        default -> addQuants(block, batch.slab(), values, j, weight, result);
      }
      for (int d = F.loopBound(block.dim()); d < block.dim(); d++) {
        result[d] = Math.fma(block.value(batch.slab(), start, j, d), weight, result[d]);
      }
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
