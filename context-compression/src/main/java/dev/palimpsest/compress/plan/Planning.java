package dev.palimpsest.compress.plan;

/** The outcome of planning: a plan, or the reason why there is none. */
public sealed interface Planning {
  /**
   * There is a plan.
   *
   * @param plan what enters the window
   */
  record Fits(ContextPlan plan) implements Planning {}

  /**
   * What may not be left out is already larger than the window.
   *
   * @param neededTokens tokens of the segments that must stay
   * @param availableTokens tokens that the prompt may take
   */
  record TooLarge(long neededTokens, int availableTokens) implements Planning {}
}
