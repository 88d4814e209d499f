package dev.palimpsest.engine.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Each step of the chain is the solution of a problem on the simplex, and is tested by what makes a
 * solution one, not by another program's numbers: the conditions of Karush, Kuhn and Tucker of q =
 * argmax ⟨q, s⟩ − λ·Ω(q), and, for filters, that no other set of tokens fulfils the definition
 * better (all sets are tried).
 */
class OptimalityTest {
  private static final int ROUNDS = 2_000;
  private static final int SMALL = 9;
  private static final double RESIDUAL = 1e-9;

  private final RandomGenerator random = Seeds.random(Seeds.seed("OptimalityTest"));

  /** Ω = Σ q ln q: s_v − λ(ln q_v + 1) is the same number μ for all tokens. */
  @Test
  void temperatureSolvesTheEntropicProblem() {
    for (int round = 0; round < Seeds.iterations(ROUNDS); round++) {
      float[] s = Walked.random(random, random.nextInt(2, 200));
      float lambda = random.nextFloat(0.05f, 5f);
      double[] q = Walked.distribution(s, new SamplingParams(lambda, 0, 1, 0, 1));
      stationary(s, lambda, q, id -> true);
    }
  }

  /** The entropic conditions within a set: the multiplier there, nothing outside. */
  private static void stationary(float[] s, float lambda, double[] q, IntPredicate isKept) {
    double mu = Double.NaN;
    double sum = 0;
    for (int id = 0; id < s.length; id++) {
      sum += q[id];
      if (!isKept.test(id)) {
        assertEquals(0, q[id]);
      } else if (q[id] > 1e-250) {
        double each = s[id] - lambda * (Math.log(q[id]) + 1);
        mu = Double.isNaN(mu) ? each : mu;
        assertEquals(mu, each, RESIDUAL * Math.max(1, Math.abs(mu)));
      }
    }
    assertEquals(1, sum, 1e-12);
  }

  /** Ω = ½ Σ q²: s_v − λ·q_v = μ where q_v &gt; 0, and s_v ≤ μ where it is 0. */
  @Test
  void sparsemaxSolvesTheEuclideanProblem() {
    int zeros = 0;
    for (int round = 0; round < Seeds.iterations(ROUNDS); round++) {
      float[] s = Walked.random(random, random.nextInt(2, 5_000));
      float lambda = random.nextFloat(0.05f, 20f);
      double[] q = Walked.distribution(s, sparse(lambda));
      double mu = Double.NaN;
      double sum = 0;
      for (int id = 0; id < s.length; id++) {
        assertTrue(q[id] >= 0);
        sum += q[id];
        if (q[id] > 0) {
          double each = s[id] - lambda * q[id];
          mu = Double.isNaN(mu) ? each : mu;
          assertEquals(mu, each, RESIDUAL * Math.max(1, lambda));
        }
      }
      assertEquals(1, sum, 1e-9);
      for (int id = 0; id < s.length; id++) {
        if (q[id] == 0) {
          assertTrue(s[id] <= mu + RESIDUAL * Math.max(1, lambda), "off the support");
          zeros++;
        }
      }
    }
    assertTrue(zeros > 0, "no token was ever left out");
  }

  private static SamplingParams sparse(float lambda) {
    return new SamplingParams(
        lambda, 0, 1, 0, 1, Distribution.SPARSEMAX, Penalties.NONE, LogitBias.NONE, 1);
  }

  /** Of all sets of at most k tokens, top-k is one on which ⟨q, s⟩ + λ·H(q) can be largest. */
  @Test
  void topKIsTheBestSupportOfItsSize() {
    for (int round = 0; round < Seeds.iterations(ROUNDS); round++) {
      float[] s = Walked.random(random, random.nextInt(2, SMALL));
      float lambda = random.nextFloat(0.3f, 3f);
      int k = random.nextInt(1, s.length + 1);
      double[] q = Walked.distribution(s, new SamplingParams(lambda, k, 1, 0, 1));
      stationary(s, lambda, q, id -> q[id] > 0);
      double best = Double.NEGATIVE_INFINITY;
      for (int set = 1; set < 1 << s.length; set++) {
        if (Integer.bitCount(set) <= k) {
          best = Math.max(best, optimum(s, lambda, set));
        }
      }
      assertEquals(best, objective(s, lambda, q), 1e-6 * Math.max(1, Math.abs(best)));
    }
  }

  /** The largest objective on a set: λ · ln Σ e^(s/λ). */
  private static double optimum(float[] s, float lambda, int set) {
    double max = Double.NEGATIVE_INFINITY;
    for (int id = 0; id < s.length; id++) {
      max = (set >> id & 1) == 1 ? Math.max(max, s[id] / (double) lambda) : max;
    }
    double sum = 0;
    for (int id = 0; id < s.length; id++) {
      sum += (set >> id & 1) == 1 ? Math.exp(s[id] / (double) lambda - max) : 0;
    }
    return lambda * (max + Math.log(sum));
  }

  private static double objective(float[] s, float lambda, double[] q) {
    double value = 0;
    for (int id = 0; id < s.length; id++) {
      value += q[id] > 0 ? q[id] * s[id] - lambda * q[id] * Math.log(q[id]) : 0;
    }
    return value;
  }

  /** No set of fewer tokens has the mass, and none of as many has more of it. */
  @Test
  void topPIsTheSmallestSetThatHasTheMass() {
    for (int round = 0; round < Seeds.iterations(ROUNDS); round++) {
      float[] s = Walked.random(random, random.nextInt(2, SMALL));
      float p = random.nextFloat(0.05f, 0.99f);
      double[] softmax = Walked.distribution(s, new SamplingParams(1, 0, 1, 0, 1));
      double[] q = Walked.distribution(s, new SamplingParams(0.7f, 0, p, 0, 1));
      stationary(s, 0.7f, q, id -> q[id] > 0);
      int kept = kept(q);
      double mass = mass(softmax, kept);
      assertTrue(mass >= p - 1e-9, mass + " of " + p);
      for (int set = 1; set < 1 << s.length; set++) {
        if (Integer.bitCount(set) < Integer.bitCount(kept)) {
          assertTrue(mass(softmax, set) < p + 1e-9, "a smaller set would do");
        } else if (Integer.bitCount(set) == Integer.bitCount(kept)) {
          assertTrue(mass(softmax, set) <= mass + 1e-9, "a set of the size has more");
        }
      }
    }
  }

  /** No token left out is more probable relative to the best than one that is kept, or than p. */
  @Test
  void minPKeepsExactlyWhatIsProbableEnough() {
    for (int round = 0; round < Seeds.iterations(ROUNDS); round++) {
      float[] s = Walked.random(random, random.nextInt(2, 300));
      float p = random.nextFloat(0.001f, 1f);
      double[] softmax = Walked.distribution(s, new SamplingParams(1, 0, 1, 0, 1));
      double[] q = Walked.distribution(s, new SamplingParams(1.3f, 0, 1, p, 1));
      double max = 0;
      for (double each : softmax) {
        max = Math.max(max, each);
      }
      for (int id = 0; id < s.length; id++) {
        double relative = softmax[id] / max;
        if (Math.abs(relative - p) > 1e-9) {
          assertEquals(relative > p, q[id] > 0, relative + " of " + p);
        }
      }
      stationary(s, 1.3f, q, id -> q[id] > 0);
    }
  }

  /**
   * The kept tokens are nearer to the entropy than all others, their mass exceeds p, and without
   * the farthest of them it does not.
   */
  @Test
  void typicalKeepsWhatIsNearestToTheEntropy() {
    for (int round = 0; round < Seeds.iterations(ROUNDS); round++) {
      float[] s = Walked.random(random, random.nextInt(2, 300));
      float p = random.nextFloat(0.05f, 0.97f);
      double[] softmax = Walked.distribution(s, new SamplingParams(1, 0, 1, 0, 1));
      double[] q =
          Walked.distribution(
              s,
              new SamplingParams(
                  1, 0, 1, 0, p, Distribution.SOFTMAX, Penalties.NONE, LogitBias.NONE, 1));
      double entropy = 0;
      for (double each : softmax) {
        entropy -= each > 0 ? each * Math.log(each) : 0;
      }
      double farthest = 0;
      double nearest = Double.POSITIVE_INFINITY;
      double farthestMass = 0;
      double mass = 0;
      for (int id = 0; id < s.length; id++) {
        double distance = Math.abs(-Math.log(softmax[id]) - entropy);
        if (q[id] > 0) {
          mass += softmax[id];
          farthestMass = distance > farthest ? softmax[id] : farthestMass;
          farthest = Math.max(farthest, distance);
        } else {
          nearest = Math.min(nearest, distance);
        }
      }
      assertTrue(farthest <= nearest + 1e-9, farthest + " and " + nearest);
      assertTrue(mass > p - 1e-9, mass + " of " + p);
      assertTrue(mass - farthestMass <= p + 1e-9, mass + " less " + farthestMass + " of " + p);
    }
  }

  private static int kept(double[] q) {
    int set = 0;
    for (int id = 0; id < q.length; id++) {
      set |= q[id] > 0 ? 1 << id : 0;
    }
    return set;
  }

  private static double mass(double[] softmax, int set) {
    double mass = 0;
    for (int id = 0; id < softmax.length; id++) {
      mass += (set >> id & 1) == 1 ? softmax[id] : 0;
    }
    return mass;
  }
}
