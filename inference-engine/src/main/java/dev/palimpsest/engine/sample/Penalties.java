package dev.palimpsest.engine.sample;

/**
 * What makes tokens less likely that the generation has said before: a token that occurs n &gt; 0
 * times among the last {@code window} tokens of the output has its logit x replaced by x ÷
 * repetition where it is above 0, else by x · repetition, and then lowered by n · frequency +
 * presence. The prompt does not count.
 *
 * @param repetition 1 for none; above 0, at most {@value #REPETITION_MAX}
 * @param presence 0 for none; between plus and minus {@value #STRENGTH_MAX}
 * @param frequency 0 for none; between plus and minus {@value #STRENGTH_MAX}
 * @param window how many of the last tokens count; at least 1
 */
public record Penalties(float repetition, float presence, float frequency, int window) {
  /** The largest factor. */
  public static final float REPETITION_MAX = 10;

  /** The largest number that is taken off. */
  public static final float STRENGTH_MAX = 100;

  /** Nothing changes. */
  public static final Penalties NONE = new Penalties(1, 0, 0, Integer.MAX_VALUE);

  /** Checks the ranges. */
  public Penalties {
    if (!(repetition > 0 && repetition <= REPETITION_MAX)) {
      throw new IllegalArgumentException(
          "repetition_penalty must be above 0 and at most "
              + REPETITION_MAX
              + ", not "
              + repetition);
    }
    requireStrength("presence_penalty", presence);
    requireStrength("frequency_penalty", frequency);
    if (window < 1) {
      throw new IllegalArgumentException("a window has at least 1 token, not " + window);
    }
  }

  private static void requireStrength(String name, float strength) {
    if (!(Math.abs(strength) <= STRENGTH_MAX)) {
      throw new IllegalArgumentException(
          name + " must be " + -STRENGTH_MAX + " to " + STRENGTH_MAX + ", not " + strength);
    }
  }

  /** Whether no logit is ever changed. */
  public boolean areNone() {
    return repetition == 1 && presence == 0 && frequency == 0;
  }

  float penalised(float logit, int count) {
    float scaled = logit > 0 ? logit / repetition : logit * repetition;
    return scaled - (count * frequency + presence);
  }
}
