package dev.palimpsest.retrieval.locomo;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * How well one question was answered.
 *
 * @param ranking ids of turns, best first, each once
 * @param nanos of CPU time on the asking thread
 */
public record Score(LocomoSet.Question question, List<String> ranking, long nanos) {
  /** Hundredths, the plain mean over the questions. */
  public static double mean(List<Score> scores, ToDoubleFunction<Score> metric) {
    return 100 * scores.stream().mapToDouble(metric).average().orElseThrow();
  }

  /** One line of a table. */
  public static String line(String name, List<Score> scores) {
    List<Long> times = scores.stream().map(Score::nanos).sorted(Comparator.naturalOrder()).toList();
    return String.format(
        Locale.ROOT,
        "%-22s n=%4d any@10 %5.1f frac@5 %5.1f frac@10 %5.1f all@10 %5.1f MRR@10 %5.1f frac@20"
            + " %5.1f  CPU p50 %.1f ms p95 %.1f ms",
        name,
        scores.size(),
        mean(scores, s -> s.hits(10) > 0 ? 1 : 0),
        mean(scores, s -> s.fraction(5)),
        mean(scores, s -> s.fraction(10)),
        mean(scores, s -> s.fraction(10) == 1 ? 1 : 0),
        mean(scores, Score::reciprocalRank),
        mean(scores, s -> s.fraction(20)),
        times.get(times.size() / 2) / 1e6,
        times.get(times.size() * 95 / 100) / 1e6);
  }

  /** Share of the evidence among the first. */
  public double fraction(int k) {
    return (double) hits(k) / question.evidence().size();
  }

  private long hits(int k) {
    Set<String> evidence = question.evidence();
    return ranking.stream().limit(k).filter(evidence::contains).count();
  }

  /** Of the first evidence, among ten. */
  public double reciprocalRank() {
    for (int i = 0; i < Math.min(10, ranking.size()); i++) {
      if (question.evidence().contains(ranking.get(i))) {
        return 1.0 / (i + 1);
      }
    }
    return 0;
  }
}
