package dev.palimpsest.retrieval.tree;

import dev.palimpsest.memory.MemoryId;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Scores as shares: hybrid scores are fitted as logarithms of odds. */
final class Softmax {
  private Softmax() {}

  /** The first of them by score, best first, each with its share of all. */
  static Map<MemoryId, Double> first(Map<MemoryId, Double> scores, int limit) {
    double most = most(scores.values());
    double sum = scores.values().stream().mapToDouble(score -> Math.exp(score - most)).sum();
    Map<MemoryId, Double> shares = new LinkedHashMap<>();
    scores.entrySet().stream()
        .sorted(
            Map.Entry.<MemoryId, Double>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey(Comparator.comparing(MemoryId::value))))
        .limit(limit)
        .forEach(one -> shares.put(one.getKey(), Math.exp(one.getValue() - most) / sum));
    return shares;
  }

  private static double most(Collection<Double> scores) {
    return scores.stream().mapToDouble(Double::doubleValue).max().orElse(0);
  }
}
