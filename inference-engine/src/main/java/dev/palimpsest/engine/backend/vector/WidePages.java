package dev.palimpsest.engine.backend.vector;

import static dev.palimpsest.engine.backend.vector.Lanes.F;
import static dev.palimpsest.engine.backend.vector.Lanes.L;
import static dev.palimpsest.engine.backend.vector.Lanes.load;

import dev.palimpsest.engine.backend.Attention;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The two products of attention with pages of full precision. Four partial sums of a score, so that
 * additions overlap; two heads together read a page once, and each gets the same bits as alone.
 */
final class WidePages {
  private static final int PAGE = Attention.PAGE_TOKENS;
  private static final long STRIDE = (long) PAGE * Float.BYTES;
  private static final long VECTOR = (long) L * Float.BYTES;

  private WidePages() {}

  /** Fills the head's scores with the products of its query and the keys of all tokens. */
  static void multiply(MemorySegment slab, long keys, AttendedHead head) {
    int dim = head.dim();
    float[] q = head.query();
    for (int c = 0; c < PAGE; c += L) {
      FloatVector a0 = FloatVector.zero(F);
      FloatVector a1 = FloatVector.zero(F);
      FloatVector a2 = FloatVector.zero(F);
      FloatVector a3 = FloatVector.zero(F);
      int d = 0;
      long at = keys + (long) c * Float.BYTES;
      for (; d + 4 <= dim; d += 4, at += 4 * STRIDE) {
        a0 = load(slab, at).fma(FloatVector.broadcast(F, q[d]), a0);
        a1 = load(slab, at + STRIDE).fma(FloatVector.broadcast(F, q[d + 1]), a1);
        a2 = load(slab, at + 2 * STRIDE).fma(FloatVector.broadcast(F, q[d + 2]), a2);
        a3 = load(slab, at + 3 * STRIDE).fma(FloatVector.broadcast(F, q[d + 3]), a3);
      }
      for (; d < dim; d++, at += STRIDE) {
        a0 = load(slab, at).fma(FloatVector.broadcast(F, q[d]), a0);
      }
      a0.add(a1).add(a2.add(a3)).intoArray(head.scores, c);
    }
  }

  /** The same for two heads, whose dimensions are a multiple of four. */
  static void multiply(MemorySegment slab, long keys, AttendedHead one, AttendedHead other) {
    int dim = one.dim();
    float[] q = one.query();
    float[] p = other.query();
    for (int c = 0; c < PAGE; c += L) {
      FloatVector a0 = FloatVector.zero(F);
      FloatVector a1 = FloatVector.zero(F);
      FloatVector a2 = FloatVector.zero(F);
      FloatVector a3 = FloatVector.zero(F);
      FloatVector b0 = FloatVector.zero(F);
      FloatVector b1 = FloatVector.zero(F);
      FloatVector b2 = FloatVector.zero(F);
      FloatVector b3 = FloatVector.zero(F);
      long at = keys + (long) c * Float.BYTES;
      for (int d = 0; d < dim; d += 4, at += 4 * STRIDE) {
        FloatVector k0 = load(slab, at);
        a0 = k0.fma(FloatVector.broadcast(F, q[d]), a0);
        b0 = k0.fma(FloatVector.broadcast(F, p[d]), b0);
        FloatVector k1 = load(slab, at + STRIDE);
        a1 = k1.fma(FloatVector.broadcast(F, q[d + 1]), a1);
        b1 = k1.fma(FloatVector.broadcast(F, p[d + 1]), b1);
        FloatVector k2 = load(slab, at + 2 * STRIDE);
        a2 = k2.fma(FloatVector.broadcast(F, q[d + 2]), a2);
        b2 = k2.fma(FloatVector.broadcast(F, p[d + 2]), b2);
        FloatVector k3 = load(slab, at + 3 * STRIDE);
        a3 = k3.fma(FloatVector.broadcast(F, q[d + 3]), a3);
        b3 = k3.fma(FloatVector.broadcast(F, p[d + 3]), b3);
      }
      a0.add(a1).add(a2.add(a3)).intoArray(one.scores, c);
      b0.add(b1).add(b2.add(b3)).intoArray(other.scores, c);
    }
  }

  /** The same for a tile, in the same order of additions; reads nothing behind its keys. */
  static void multiplyTile(MemorySegment slab, long keys, AttendedHead head, int count) {
    int dim = head.dim();
    float[] q = head.query();
    long stride = (long) count * Float.BYTES;
    for (int c = 0; c < count; c += L) {
      VectorMask<Float> mask = F.indexInRange(c, count);
      FloatVector a0 = FloatVector.zero(F);
      FloatVector a1 = FloatVector.zero(F);
      FloatVector a2 = FloatVector.zero(F);
      FloatVector a3 = FloatVector.zero(F);
      int d = 0;
      long at = keys + (long) c * Float.BYTES;
      for (; d + 4 <= dim; d += 4, at += 4 * stride) {
        a0 = load(slab, at, mask).fma(FloatVector.broadcast(F, q[d]), a0);
        a1 = load(slab, at + stride, mask).fma(FloatVector.broadcast(F, q[d + 1]), a1);
        a2 = load(slab, at + 2 * stride, mask).fma(FloatVector.broadcast(F, q[d + 2]), a2);
        a3 = load(slab, at + 3 * stride, mask).fma(FloatVector.broadcast(F, q[d + 3]), a3);
      }
      for (; d < dim; d++, at += stride) {
        a0 = load(slab, at, mask).fma(FloatVector.broadcast(F, q[d]), a0);
      }
      a0.add(a1).add(a2.add(a3)).intoArray(head.scores, c);
    }
  }

  /** Adds the values of some tokens to the head's result, each by its weight. */
  static void addValues(MemorySegment slab, long values, AttendedHead head, int from, int count) {
    int whole = F.loopBound(head.dim());
    int d = 0;
    for (; d + 4 * L <= whole; d += 4 * L) {
      addFour(slab, values, head, d, from, count);
    }
    for (; d < whole; d += L) {
      addOne(slab, values, head, d, from, count);
    }
    if (whole < head.dim()) {
      addTail(slab, values, head, from, count);
    }
  }

  /** The same for two heads, whose dimensions are a multiple of four vectors. */
  static void addValues(
      MemorySegment slab, long values, AttendedHead one, AttendedHead other, int from, int count) {
    long row = (long) one.dim() * Float.BYTES;
    float[] w = one.scores;
    float[] v = other.scores;
    for (int d = 0; d < one.dim(); d += 4 * L) {
      FloatVector a0 = FloatVector.fromArray(F, one.result(), d);
      FloatVector a1 = FloatVector.fromArray(F, one.result(), d + L);
      FloatVector a2 = FloatVector.fromArray(F, one.result(), d + 2 * L);
      FloatVector a3 = FloatVector.fromArray(F, one.result(), d + 3 * L);
      FloatVector b0 = FloatVector.fromArray(F, other.result(), d);
      FloatVector b1 = FloatVector.fromArray(F, other.result(), d + L);
      FloatVector b2 = FloatVector.fromArray(F, other.result(), d + 2 * L);
      FloatVector b3 = FloatVector.fromArray(F, other.result(), d + 3 * L);
      long at = values + (long) d * Float.BYTES + from * row;
      for (int j = from; j < count; j++, at += row) {
        FloatVector a = FloatVector.broadcast(F, w[j]);
        FloatVector b = FloatVector.broadcast(F, v[j]);
        FloatVector v0 = load(slab, at);
        a0 = v0.fma(a, a0);
        b0 = v0.fma(b, b0);
        FloatVector v1 = load(slab, at + VECTOR);
        a1 = v1.fma(a, a1);
        b1 = v1.fma(b, b1);
        FloatVector v2 = load(slab, at + 2 * VECTOR);
        a2 = v2.fma(a, a2);
        b2 = v2.fma(b, b2);
        FloatVector v3 = load(slab, at + 3 * VECTOR);
        a3 = v3.fma(a, a3);
        b3 = v3.fma(b, b3);
      }
      a0.intoArray(one.result(), d);
      a1.intoArray(one.result(), d + L);
      a2.intoArray(one.result(), d + 2 * L);
      a3.intoArray(one.result(), d + 3 * L);
      b0.intoArray(other.result(), d);
      b1.intoArray(other.result(), d + L);
      b2.intoArray(other.result(), d + 2 * L);
      b3.intoArray(other.result(), d + 3 * L);
    }
  }

  /** Whether two heads of this dimension can be read together. */
  static boolean pairs(int dim) {
    return dim % (4 * L) == 0;
  }

  private static void addFour(
      MemorySegment slab, long values, AttendedHead head, int d, int from, int count) {
    float[] result = head.result();
    float[] w = head.scores;
    FloatVector a0 = FloatVector.fromArray(F, result, d);
    FloatVector a1 = FloatVector.fromArray(F, result, d + L);
    FloatVector a2 = FloatVector.fromArray(F, result, d + 2 * L);
    FloatVector a3 = FloatVector.fromArray(F, result, d + 3 * L);
    long row = (long) head.dim() * Float.BYTES;
    long at = values + (long) d * Float.BYTES + from * row;
    for (int j = from; j < count; j++, at += row) {
      FloatVector weight = FloatVector.broadcast(F, w[j]);
      a0 = load(slab, at).fma(weight, a0);
      a1 = load(slab, at + VECTOR).fma(weight, a1);
      a2 = load(slab, at + 2 * VECTOR).fma(weight, a2);
      a3 = load(slab, at + 3 * VECTOR).fma(weight, a3);
    }
    a0.intoArray(result, d);
    a1.intoArray(result, d + L);
    a2.intoArray(result, d + 2 * L);
    a3.intoArray(result, d + 3 * L);
  }

  private static void addOne(
      MemorySegment slab, long values, AttendedHead head, int d, int from, int count) {
    FloatVector a = FloatVector.fromArray(F, head.result(), d);
    long row = (long) head.dim() * Float.BYTES;
    long at = values + (long) d * Float.BYTES + from * row;
    for (int j = from; j < count; j++, at += row) {
      a = load(slab, at).fma(FloatVector.broadcast(F, head.scores[j]), a);
    }
    a.intoArray(head.result(), d);
  }

  /** What fills no vector. */
  private static void addTail(
      MemorySegment slab, long values, AttendedHead head, int from, int count) {
    int d = F.loopBound(head.dim());
    VectorMask<Float> tail = F.indexInRange(d, head.dim());
    FloatVector a = FloatVector.fromArray(F, head.result(), d);
    long row = (long) head.dim() * Float.BYTES;
    long at = values + (long) d * Float.BYTES + from * row;
    for (int j = from; j < count; j++, at += row) {
      a = load(slab, at, tail).fma(FloatVector.broadcast(F, head.scores[j]), a);
    }
    a.intoArray(head.result(), d);
  }
}
