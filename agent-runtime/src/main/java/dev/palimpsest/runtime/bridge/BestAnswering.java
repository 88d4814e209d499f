package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.session.Confidence;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The best of several answers to one prompt, made side by side: the one of which the model thinks
 * the most, by the mean logarithm of the probability of its tokens, the first among equals. Its
 * words come when all have ended. The mean and not the sum, so that short answers are not
 * preferred.
 */
final class BestAnswering implements Answering {
  private final List<Answering> candidates;
  private final Deque<Piece> pieces = new ArrayDeque<>();
  private @Nullable Answering best;
  private double bestScore = Double.NEGATIVE_INFINITY;

  /**
   * Of these.
   *
   * @param candidates at least one
   */
  BestAnswering(List<? extends Answering> candidates) {
    this.candidates = List.copyOf(candidates);
  }

  @Override
  public Piece take() throws InterruptedException {
    if (best == null) {
      for (Answering each : candidates) {
        compare(each);
      }
    }
    return pieces.remove();
  }

  private void compare(Answering candidate) throws InterruptedException {
    List<Piece> said = new ArrayList<>();
    do {
      said.add(candidate.take());
    } while (said.getLast().end() == null);
    double score = score(candidate, said.getLast().end());
    if (best == null || score > bestScore) {
      best = candidate;
      bestScore = score;
      pieces.clear();
      pieces.addAll(said);
    }
  }

  /** One that failed is given only if all did; where one was cancelled, all are. */
  private static double score(Answering candidate, @Nullable End end) {
    return switch (end) {
      case STOP, LENGTH ->
          candidate.confidence().map(Confidence::logprobMean).orElse(-Double.MAX_VALUE);
      case CANCELLED -> Double.POSITIVE_INFINITY;
      case FAILED -> Double.NEGATIVE_INFINITY;
      case null -> throw new IllegalArgumentException("the answer has not ended");
    };
  }

  private Answering best() {
    if (best == null) {
      throw new IllegalStateException("the answer has not ended");
    }
    return best;
  }

  @Override
  public void cancel() {
    candidates.forEach(Answering::cancel);
  }

  /** What was read for the best one, and what was said by all. */
  @Override
  public Cost cost() {
    Cost read = best().cost();
    int said = candidates.stream().mapToInt(each -> each.cost().outputTokens()).sum();
    return new Cost(read.inputTokens(), read.cachedTokens(), read.prefilledTokens(), said);
  }

  @Override
  public List<Citation> citations() {
    return best().citations();
  }

  @Override
  public Optional<Confidence> confidence() {
    return best().confidence();
  }

  @Override
  public Optional<String> problem() {
    return best().problem();
  }
}
