package dev.palimpsest.retrieval.consolidation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Chooses a few sentences that stand for many: the most central ones, each as far as it is not said
 * already by those chosen before it (maximal marginal relevance: Carbonell and Goldstein, SIGIR
 * 1998). The same sentences give the same choice, in their order.
 */
final class Excerpt {
  /** Sentences that are compared with one another; of more, those nearest to the sum of all. */
  static final int COMPARED_MAX = 400;

  /** How much being central counts against being said already. */
  private static final double RELEVANCE = 0.7;

  /** Alike to this degree, a second one says nothing new. */
  private static final double SAID_ALREADY = 0.7;

  private Excerpt() {}

  /**
   * Chooses.
   *
   * @param most how many at most
   */
  static List<Sentence> of(List<Sentence> all, int most) {
    List<Sentence> compared = compared(all);
    if (compared.isEmpty()) {
      return List.of();
    }
    TermVectors vectors = new TermVectors(compared);
    double[] central = Centrality.of(vectors);
    double highest =
        IntStream.range(0, central.length).mapToDouble(i -> central[i]).max().orElse(1);
    List<Integer> chosen = new ArrayList<>();
    while (chosen.size() < most) {
      int best = -1;
      double bestWorth = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < central.length; i++) {
        double said = said(vectors, chosen, i);
        double worth = RELEVANCE * central[i] / highest - (1 - RELEVANCE) * said;
        if (said < SAID_ALREADY && worth > bestWorth) {
          best = i;
          bestWorth = worth;
        }
      }
      if (best < 0) {
        break;
      }
      chosen.add(best);
    }
    return chosen.stream().sorted().map(compared::get).toList();
  }

  /** One that was chosen says itself. */
  private static double said(TermVectors vectors, List<Integer> chosen, int sentence) {
    double most = 0;
    for (int other : chosen) {
      most = Math.max(most, other == sentence ? 1 : vectors.cosine(other, sentence));
    }
    return most;
  }

  private static List<Sentence> compared(List<Sentence> all) {
    if (all.size() <= COMPARED_MAX) {
      return all;
    }
    double[] near = new TermVectors(all).nearnessToAll();
    return IntStream.range(0, all.size())
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -near[i]).thenComparingInt(i -> i))
        .limit(COMPARED_MAX)
        .sorted()
        .map(all::get)
        .toList();
  }
}
