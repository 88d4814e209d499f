package dev.palimpsest.retrieval.hybrid;

/**
 * What speaks for a candidate, before it is weighed.
 *
 * <ul>
 *   <li>{@code words}: BM25, in standard deviations above the least.
 *   <li>{@code meaning}: as {@link Meaning} has it.
 *   <li>{@code answer}: what stands just before it is a question and fits: an answer often lacks
 *       the words of its question.
 *   <li>{@code next}, {@code beforePrevious}, {@code afterNext}: how well its other neighbours fit.
 *   <li>{@code speaker}: 1 where the question names who said it.
 *   <li>{@code session}: the best of its conversation.
 *   <li>{@code asks}: 1 where it is itself a question, which answers little.
 * </ul>
 *
 * <p>A neighbour or conversation counts by how far it is better than the average candidate.
 */
record Signals(
    double words,
    double meaning,
    Best answer,
    Best next,
    Best beforePrevious,
    Best afterNext,
    double speaker,
    Best session,
    double asks) {
  /** In the order of {@link FusionWeights#NAMES}. */
  double[] values() {
    return new double[] {
      words,
      meaning,
      answer.lift(),
      next.lift(),
      beforePrevious.lift(),
      afterNext.lift(),
      speaker,
      session.lift(),
      asks
    };
  }

  /** Each times its weight. */
  Shares weighed(FusionWeights weights) {
    Best strongest = Best.of(Best.of(next, beforePrevious), afterNext);
    double neighbours =
        weights.next() * next.lift()
            + weights.beforePrevious() * beforePrevious.lift()
            + weights.afterNext() * afterNext.lift();
    return new Shares(
        weights.words() * words,
        weights.meaning() * meaning,
        new Best(answer.id(), weights.answer() * answer.lift()),
        new Best(strongest.id(), neighbours),
        weights.speaker() * speaker,
        new Best(session.id(), weights.session() * session.lift()),
        weights.asks() * asks);
  }
}
