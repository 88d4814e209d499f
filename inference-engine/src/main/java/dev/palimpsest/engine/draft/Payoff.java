package dev.palimpsest.engine.draft;

/**
 * How many tokens are worth guessing, from how often guesses came true. A guess that follows a
 * longer match is better, so the counts are kept by the match's length: up to 3 tokens, 7, 15, and
 * more. With p the share of guessed tokens that came true and c what a further row costs, in steps
 * of one row, n guesses give (1 + p + … + pⁿ) / (1 + c·n) tokens for the time of one; n is the best
 * number, and none where that is 0. Old counts fade, also while nothing is guessed, so that a text
 * that begins to repeat itself is noticed. For one thread.
 */
public final class Payoff {
  /** The shortest match that is followed at all. */
  static final int MATCH_MIN = 2;

  private static final double FADING = 0.95;
  private static final double[] PRIOR = {0.4, 0.6, 0.8, 0.9};
  private static final double PRIOR_WEIGHT = 3;

  private final double[] right = new double[PRIOR.length];
  private final double[] wrong = new double[PRIOR.length];

  private static int bucket(int match) {
    return Math.clamp(30 - Integer.numberOfLeadingZeros(match), 0, PRIOR.length - 1);
  }

  private double chance(int bucket) {
    double prior = PRIOR[bucket];
    double all = right[bucket] + wrong[bucket] + PRIOR_WEIGHT;
    return (right[bucket] + PRIOR_WEIGHT * prior) / all;
  }

  /**
   * How many tokens to guess after a match of this length.
   *
   * @param rowCost what a further row of a step costs, in steps
   * @param most at most so many
   */
  int tokens(int match, double rowCost, int most) {
    if (match < MATCH_MIN) {
      return 0;
    }
    int bucket = bucket(match);
    double chance = chance(bucket);
    double expected = 1;
    double power = 1;
    double best = 1;
    int bestCount = 0;
    for (int count = 1; count <= most; count++) {
      power *= chance;
      expected += power;
      double rate = expected / (1 + rowCost * count);
      if (rate > best) {
        best = rate;
        bestCount = count;
      }
    }
    if (bestCount == 0) {
      right[bucket] *= FADING;
      wrong[bucket] *= FADING;
    }
    return bestCount;
  }

  /** Takes note of what became of a guess. */
  void judged(int match, int guessed, int accepted) {
    int bucket = bucket(match);
    right[bucket] = FADING * right[bucket] + accepted;
    wrong[bucket] = FADING * wrong[bucket] + (accepted < guessed ? 1 : 0);
  }
}
