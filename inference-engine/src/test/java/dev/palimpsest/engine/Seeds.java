package dev.palimpsest.engine;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Seeds and lengths of random tests: {@code -Dseed=} repeats one, {@code -Diterations=} scales it.
 */
public final class Seeds {
  private static final long DEFAULT_SEED = 20_260_101;

  private Seeds() {}

  /** The seed of this run; printed, so that a failure can be repeated. */
  public static long seed(String test) {
    String given = System.getProperty("seed", "");
    long seed = given.isBlank() ? DEFAULT_SEED : Long.parseLong(given);
    System.out.println(test + ": -Dseed=" + seed);
    return seed;
  }

  /** A generator for one seed. */
  public static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  /** The number of rounds, {@code usual} unless the run says otherwise. */
  public static int iterations(int usual) {
    String given = System.getProperty("iterations", "");
    return given.isBlank() ? usual : Integer.parseInt(given);
  }
}
