package dev.palimpsest.engine.backend.vector;

import static dev.palimpsest.engine.backend.vector.Lanes.F;
import static dev.palimpsest.engine.backend.vector.Lanes.F32;
import static dev.palimpsest.engine.backend.vector.Lanes.L;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.palimpsest.engine.backend.AttendedWeights;
import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.AttentionMass;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * A query head of one row on its way over the pages: the online softmax (Milakov and Gimelshein
 * 2018, Online normalizer calculation for softmax, algorithm 3). With the largest score m so far
 * and m' after a page: {@code total = total · e^(m − m') + Σ e^(s − m')}, and the same for the sum
 * of values. Reused from row to row; belongs to one thread.
 */
final class AttendedHead {
  private static final int PAGE = Attention.PAGE_TOKENS;

  /** Scores of the page that is read, and then its weights; as many as a page has tokens. */
  final float[] scores = new float[PAGE];

  private final float[] single = new float[L];
  private final AttendedWeights weights = new AttendedWeights();

  /** As long as whole vectors need; zero behind {@link #dim()}. */
  private float[] query = {};

  private float[] result = {};
  private int dim;
  private float largest;
  private float total;

  /** Begins with a query of which nothing was read yet. */
  void begin(MemorySegment queries, long start, int newDim) {
    if (dim != newDim) {
      dim = newDim;
      query = new float[Math.ceilDiv(dim, L) * L];
      result = new float[query.length];
    }
    MemorySegment.copy(queries, F32, start, query, 0, dim);
    Arrays.fill(result, 0f);
    largest = Float.NEGATIVE_INFINITY;
    total = 0;
    weights.clear();
  }

  int dim() {
    return dim;
  }

  float[] query() {
    return query;
  }

  /** The sum of the values that were added, not yet divided by the sum of their weights. */
  float[] result() {
    return result;
  }

  /** Scales the scores, and adds a bias to each. */
  void bias(float scale, float[] biases, int count) {
    for (int j = 0; j < count; j++) {
      scores[j] = scores[j] * scale + biases[j];
    }
  }

  void scale(float scale) {
    for (int c = 0; c < PAGE; c += L) {
      FloatVector.fromArray(F, scores, c).mul(scale).intoArray(scores, c);
    }
  }

  /**
   * Turns the scores into weights relative to the largest so far and scales down what was gathered
   * before.
   *
   * @param from the first token that is seen; those before it weigh nothing
   * @param count the token after the last that is seen
   */
  void weigh(int from, int count) {
    hide(from, count, Float.NEGATIVE_INFINITY);
    float newLargest = Math.max(largest, largestScore());
    float decay = largest == Float.NEGATIVE_INFINITY ? 0f : exp(largest - newLargest);
    Lanes.exp(scores, PAGE, 1, newLargest);
    hide(from, count, 0f);
    float sum = 0;
    for (int c = 0; c < PAGE; c += L) {
      sum += Lanes.sum(scores, c);
    }
    total = total * decay + sum;
    largest = newLargest;
    fade(decay);
  }

  /** Takes note of the weights of a page whose first token has this position. */
  void note(int firstPosition, int from, int count) {
    for (int j = from; j < count; j++) {
      weights.add(firstPosition + j, scores[j]);
    }
    weights.endPage(largest);
  }

  /** Takes note of the weights of a tile whose keys have these positions. */
  void note(int[] positions, int count) {
    for (int j = 0; j < count; j++) {
      weights.add(positions[j], scores[j]);
    }
    weights.endPage(largest);
  }

  /** Adds what was noted, as parts of 1. */
  void addTo(AttentionMass mass, int kvHead) {
    weights.addTo(mass, kvHead, largest, total);
  }

  private void hide(int from, int count, float value) {
    Arrays.fill(scores, 0, from, value);
    Arrays.fill(scores, count, PAGE, value);
  }

  private float largestScore() {
    FloatVector most = FloatVector.fromArray(F, scores, 0);
    for (int c = L; c < PAGE; c += L) {
      most = most.max(FloatVector.fromArray(F, scores, c));
    }
    return most.reduceLanes(VectorOperators.MAX);
  }

  private void fade(float decay) {
    if (decay == 1f) {
      return;
    }
    for (int d = 0; d < result.length; d += L) {
      FloatVector.fromArray(F, result, d).mul(decay).intoArray(result, d);
    }
  }

  /** Writes the mean of the values, by their weights. */
  void writeOut(MemorySegment out, long start) {
    float factor = 1 / total;
    int whole = F.loopBound(dim);
    for (int d = 0; d < whole; d += L) {
      FloatVector.fromArray(F, result, d)
          .mul(factor)
          .intoMemorySegment(out, start + (long) d * Float.BYTES, LITTLE_ENDIAN);
    }
    if (whole < dim) {
      VectorMask<Float> tail = F.indexInRange(whole, dim);
      FloatVector.fromArray(F, result, whole)
          .mul(factor)
          .intoMemorySegment(out, start + (long) whole * Float.BYTES, LITTLE_ENDIAN, tail);
    }
  }

  private float exp(float x) {
    if (x == 0) {
      return 1;
    }
    single[0] = x;
    Lanes.exp(single, 1, 1, 0);
    return single[0];
  }
}
