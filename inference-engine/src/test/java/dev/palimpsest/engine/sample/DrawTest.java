package dev.palimpsest.engine.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Epilogue;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Draws are those of the distribution, as far as a million of them can tell. */
class DrawTest {
  private static final int DRAWS = 1_000_000;

  /** What a Kolmogorov statistic times √n stays below with probability 0.9999. */
  private static final double KOLMOGOROV = 2.23;

  /** What a standard normal number stays below with probability 0.9999. */
  private static final double NORMAL = 3.72;

  /** Known answers published with the generator. */
  @Test
  void theGeneratorGivesItsKnownAnswers() {
    philox(0, 0, 0, 0xca00a0459843d731L, 0x66c24222c9a845b5L);
    philox(-1, -1, -1, 0x65b021d60cd8310fL, 0x4d02f3222f86df20L);
    philox(
        0xa4093822299f31d0L,
        0x243f6a8885a308d3L,
        0x13198a2e03707344L,
        0x0a5e742c2997341cL,
        0xb0f883d38000de5dL);
  }

  private static void philox(long key, long low, long high, long expected, long expectedHigh) {
    Philox philox = new Philox();
    philox.compute(key, low, high);
    assertEquals(Long.toHexString(expected), Long.toHexString(philox.low()));
    assertEquals(Long.toHexString(expectedHigh), Long.toHexString(philox.high()));
  }

  /** F(g) = exp(−exp(−g)); over positions, over tokens and over seeds alike. */
  @Test
  void noiseHasTheDistributionOfGumbel() {
    long seed = Seeds.seed("DrawTest");
    GumbelNoise noise = new GumbelNoise();
    double[] byPosition = new double[DRAWS];
    double[] byToken = new double[DRAWS];
    double[] bySeed = new double[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
      noise.at(seed, i);
      byPosition[i] = noise.of(17);
      noise.at(seed + i, 3);
      bySeed[i] = noise.of(17);
    }
    noise.at(seed, 5);
    for (int i = 0; i < DRAWS; i++) {
      byToken[i] = noise.of(i);
    }
    for (double[] drawn : new double[][] {byPosition, byToken, bySeed}) {
      double statistic = kolmogorov(drawn);
      System.out.println("noise: Kolmogorov's statistic " + statistic);
      assertTrue(statistic < KOLMOGOROV, "Kolmogorov's statistic is " + statistic);
    }
  }

  private static double kolmogorov(double[] drawn) {
    Arrays.sort(drawn);
    double greatest = 0;
    for (int i = 0; i < drawn.length; i++) {
      double expected = Math.exp(-Math.exp(-drawn[i]));
      greatest = Math.max(greatest, expected - (double) i / drawn.length);
      greatest = Math.max(greatest, (i + 1.0) / drawn.length - expected);
    }
    return greatest * Math.sqrt(drawn.length);
  }

  /** What is passed over by its leading zeros is never above the bound. */
  @Test
  void aTokenIsPassedOverOnlyIfItsNoiseIsTooSmall() {
    long seed = Seeds.seed("DrawTest");
    RandomGenerator random = Seeds.random(seed);
    GumbelNoise noise = new GumbelNoise();
    int passed = 0;
    for (int i = 0; i < DRAWS; i++) {
      noise.at(seed, i);
      double exact = noise.of(i & 7);
      double least = exact + random.nextGaussian();
      double found = noise.above(least, i & 7);
      assertEquals(exact > least, found > least);
      if (found > least) {
        assertEquals(exact, found);
      } else {
        passed++;
      }
    }
    assertTrue(passed > DRAWS / 4, passed + " were passed over");
  }

  @Test
  void aMillionDrawsFollowTheSoftmax() {
    RandomGenerator random = Seeds.random(Seeds.seed("DrawTest"));
    float[] small = Walked.random(random, 7);
    float[] large = new float[512];
    for (int id = 0; id < large.length; id++) {
      large[id] = (float) random.nextGaussian() * 2;
    }
    follows(small, new SamplingParams(1, 0, 1, 0, 1), DRAWS);
    follows(large, new SamplingParams(1.2f, 0, 1, 0, -7), DRAWS);
  }

  @Test
  void filteredAndSparseDrawsFollowTheirDistribution() {
    RandomGenerator random = Seeds.random(Seeds.seed("DrawTest"));
    float[] logits = Walked.random(random, 40);
    follows(logits, new SamplingParams(0.8f, 12, 0.9f, 0.01f, 99), DRAWS);
    follows(
        logits,
        new SamplingParams(
            6, 0, 1, 0, 0.9f, Distribution.SPARSEMAX, Penalties.NONE, LogitBias.NONE, 1L << 40),
        DRAWS);
  }

  /** χ² over the tokens (rare ones together), and Kolmogorov over their order. */
  private static void follows(float[] logits, SamplingParams params, int draws) {
    double[] expected = Walked.distribution(logits, params);
    Epilogue rows = Walked.rows(logits);
    Sampler sampler = new Sampler(logits.length);
    SamplingState state = Walked.free(params);
    long[] counts = new long[logits.length];
    for (int position = 0; position < draws; position++) {
      counts[sampler.sample(rows, 0, state, position).id()]++;
    }
    double square = 0;
    int cells = 0;
    double rareExpected = 0;
    long rare = 0;
    double cumulated = 0;
    long found = 0;
    double greatest = 0;
    for (int id = 0; id < logits.length; id++) {
      assertTrue(expected[id] > 0 || counts[id] == 0, "token " + id + " was filtered out");
      double wanted = expected[id] * draws;
      if (wanted < 20) {
        rareExpected += wanted;
        rare += counts[id];
      } else {
        square += (counts[id] - wanted) * (counts[id] - wanted) / wanted;
        cells++;
      }
      cumulated += expected[id];
      found += counts[id];
      greatest = Math.max(greatest, Math.abs((double) found / draws - cumulated));
    }
    if (rareExpected >= 5) {
      square += (rare - rareExpected) * (rare - rareExpected) / rareExpected;
      cells++;
    }
    double normal = wilsonHilferty(square, cells - 1);
    double kolmogorov = greatest * Math.sqrt(draws);
    System.out.println(cells + " cells: χ² as a normal number " + normal + ", K " + kolmogorov);
    assertTrue(normal < NORMAL, "χ² of " + square + " with " + cells + " cells");
    assertTrue(kolmogorov < KOLMOGOROV, "Kolmogorov's statistic is " + kolmogorov);
  }

  /** χ² of so many degrees of freedom as a number that is about standard normal. */
  private static double wilsonHilferty(double square, int degrees) {
    double spread = 2.0 / (9 * degrees);
    return (Math.cbrt(square / degrees) - (1 - spread)) / Math.sqrt(spread);
  }

  /** Neighbouring positions and neighbouring tokens know nothing of each other. */
  @Test
  void drawsOfNeighbouringPositionsAreIndependent() {
    float[] logits = {0, 0.5f, 1, -0.5f, 0.25f, 0};
    double[] expected = Walked.distribution(logits, new SamplingParams(1, 0, 1, 0, 3));
    Epilogue rows = Walked.rows(logits);
    Sampler sampler = new Sampler(logits.length);
    SamplingState state = Walked.free(new SamplingParams(1, 0, 1, 0, 3));
    long[][] counts = new long[logits.length][logits.length];
    int before = sampler.sample(rows, 0, state, 0).id();
    for (int position = 1; position <= DRAWS; position++) {
      int next = sampler.sample(rows, 0, state, position).id();
      counts[before][next]++;
      before = next;
    }
    double square = 0;
    for (int a = 0; a < logits.length; a++) {
      for (int b = 0; b < logits.length; b++) {
        double wanted = DRAWS * expected[a] * expected[b];
        square += (counts[a][b] - wanted) * (counts[a][b] - wanted) / wanted;
      }
    }
    double normal = wilsonHilferty(square, logits.length * logits.length - 1);
    assertTrue(normal < NORMAL, "χ² of " + square);
  }
}
