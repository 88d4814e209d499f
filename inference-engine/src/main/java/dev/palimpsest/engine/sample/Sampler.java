package dev.palimpsest.engine.sample;

import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Chooses the next token: what is allowed, then top-k, then top-p, then min-p, then temperature,
 * softmax and one draw. Probabilities inside top-p are the softmax over what top-k left, before
 * temperature. A token that is not allowed counts nowhere. The draw's randomness is a hash of seed
 * and position, so it needs no state and does not depend on what other sequences drew. Holds memory
 * for one vocabulary; for one thread.
 */
public final class Sampler {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private final Candidates candidates;
  private final double[] probabilities;
  private final TokenSet allowed;

  /**
   * @param vocabulary number of tokens
   */
  public Sampler(int vocabulary) {
    candidates = new Candidates(vocabulary);
    probabilities = new double[vocabulary];
    allowed = new TokenSet(vocabulary);
  }

  /**
   * The next token, of all that there are.
   *
   * @param logits F32 {@code [rows, vocabulary]}
   * @param position how many tokens the sequence has before the one that is chosen
   */
  public int sample(Tensor logits, int row, SamplingParams params, int position) {
    load(logits, row);
    return choose(params, position);
  }

  /**
   * The next token, of those that a constraint allows; the constraint is told.
   *
   * @param logits F32 {@code [rows, vocabulary]}
   * @param position how many tokens the sequence has before the one that is chosen
   * @throws IllegalStateException if the constraint allows no token
   */
  public int sample(
      Tensor logits, int row, SamplingParams params, int position, TokenConstraint constraint) {
    allowed.clear();
    constraint.allow(allowed);
    loadAllowed(logits, row);
    if (candidates.count() == 0) {
      throw new IllegalStateException("a constraint allows no token");
    }
    int token = choose(params, position);
    constraint.accept(token);
    return token;
  }

  private int choose(SamplingParams params, int position) {
    if (params.isGreedy()) {
      return candidates.id(candidates.best());
    }
    filter(params);
    return draw(uniform(params.seed(), position));
  }

  private void load(Tensor logits, int row) {
    int width = probabilities.length;
    long start = (long) row * width * Float.BYTES;
    candidates.clear();
    for (int i = 0; i < width; i++) {
      candidates.add(i, logits.data().get(F32, start + (long) i * Float.BYTES));
    }
  }

  /** In ascending order, as {@link #load} does, for sums in double depend on it. */
  private void loadAllowed(Tensor logits, int row) {
    long start = (long) row * probabilities.length * Float.BYTES;
    candidates.clear();
    for (int i = allowed.next(0); i >= 0; i = allowed.next(i + 1)) {
      candidates.add(i, logits.data().get(F32, start + (long) i * Float.BYTES));
    }
  }

  /** Leaves those that can be drawn, with their probabilities. */
  private void filter(SamplingParams params) {
    candidates.keepTopK(params.topK());
    candidates.keepTopP(params.topP());
    candidates.keepMinP(params.minP());
    candidates.probabilities(params.temperature(), probabilities);
  }

  private int draw(double at) {
    double sum = 0;
    int last = candidates.count() - 1;
    for (int i = 0; i < last; i++) {
      sum += probabilities[i];
      if (at < sum) {
        return candidates.id(i);
      }
    }
    return candidates.id(last);
  }

  /** A number in [0, 1): SplitMix64 of the seed's hash, at the position. */
  static double uniform(long seed, int position) {
    return (mix(mix(seed + GOLDEN) + (position + 1L) * GOLDEN) >>> 11) * 0x1p-53;
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** What is left after {@link #filter}, for tests: ids and probabilities of a row. */
  Candidates filtered(Tensor logits, int row, SamplingParams params) {
    load(logits, row);
    filter(params);
    return candidates;
  }

  double probability(int candidate) {
    return probabilities[candidate];
  }
}
