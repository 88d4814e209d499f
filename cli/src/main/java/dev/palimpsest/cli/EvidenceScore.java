package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What of a question's evidence a ranking holds.
 *
 * @param ranking ids of what is counted, best first, each once
 * @param fitting for each of {@link #BUDGETS} how many of them fit into it, from the first on
 * @param millis how long the search took, as the client sees it
 */
record EvidenceScore(
    EvalTalk.Question question, List<String> ranking, List<Integer> fitting, double millis) {
  /** Tokens of texts that are read, estimated. */
  static final List<Integer> BUDGETS = List.of(500, 1_000, 2_000);

  /** What {@link #cells} and {@link #json} tell, after the number of questions. */
  static final List<String> METRICS =
      List.of(
          "any@5", "frac@5", "any@10", "frac@10", "all@10", "MRR@10", "NDCG@10", "frac@20",
          "in 500", "in 1000", "in 2000");

  private static final List<ToDoubleFunction<EvidenceScore>> MEASURES =
      List.of(
          score -> score.any(5),
          score -> score.fraction(5),
          score -> score.any(10),
          score -> score.fraction(10),
          score -> score.fraction(10) == 1 ? 1 : 0,
          EvidenceScore::reciprocalRank,
          EvidenceScore::discountedGain,
          score -> score.fraction(20),
          score -> score.fraction(score.fitting.get(0)),
          score -> score.fraction(score.fitting.get(1)),
          score -> score.fraction(score.fitting.get(2)));

  private static final int DEPTH = 10;

  EvidenceScore {
    ranking = List.copyOf(ranking);
    fitting = List.copyOf(fitting);
  }

  /** The row of a table: how many questions, then each metric times 100. */
  static List<String> cells(List<EvidenceScore> scores) {
    List<String> cells = new ArrayList<>(List.of(Integer.toString(scores.size())));
    for (ToDoubleFunction<EvidenceScore> measure : MEASURES) {
      cells.add(String.format(Locale.ROOT, "%.1f", mean(scores, measure)));
    }
    return cells;
  }

  /** The same for programs, unrounded. */
  static ObjectNode json(List<EvidenceScore> scores) {
    ObjectNode json = Json.object().put("n", scores.size());
    for (int i = 0; i < MEASURES.size(); i++) {
      String name = METRICS.get(i).toLowerCase(Locale.ROOT).replace('@', '_').replace(' ', '_');
      json.put(name, mean(scores, MEASURES.get(i)));
    }
    return json;
  }

  /** Of one metric by its name in {@link #METRICS}. */
  static ToDoubleFunction<EvidenceScore> metric(String name) {
    return MEASURES.get(METRICS.indexOf(name));
  }

  /** The same question at a coarser grain: where several are one, the first place counts. */
  EvidenceScore by(UnaryOperator<String> unit) {
    Set<String> evidence = question.evidence().stream().map(unit).collect(Collectors.toSet());
    return new EvidenceScore(
        new EvalTalk.Question(question.id(), question.text(), question.group(), evidence),
        ranking.stream().map(unit).distinct().toList(),
        fitting.stream()
            .map(fit -> (int) ranking.stream().limit(fit).map(unit).distinct().count())
            .toList(),
        millis);
  }

  private static double mean(List<EvidenceScore> scores, ToDoubleFunction<EvidenceScore> measure) {
    return 100 * scores.stream().mapToDouble(measure).average().orElse(0);
  }

  private double any(int k) {
    return hits(k) > 0 ? 1 : 0;
  }

  private double fraction(int k) {
    return (double) hits(k) / question.evidence().size();
  }

  private double reciprocalRank() {
    for (int i = 0; i < Math.min(DEPTH, ranking.size()); i++) {
      if (isEvidence(i)) {
        return 1.0 / (i + 1);
      }
    }
    return 0;
  }

  private double discountedGain() {
    double gain = 0;
    double ideal = 0;
    for (int i = 0; i < DEPTH; i++) {
      double discounted = Math.log(2) / Math.log(i + 2);
      gain += i < ranking.size() && isEvidence(i) ? discounted : 0;
      ideal += i < question.evidence().size() ? discounted : 0;
    }
    return gain / ideal;
  }

  private boolean isEvidence(int place) {
    return question.evidence().contains(ranking.get(place));
  }

  private long hits(int k) {
    return ranking.stream().limit(k).filter(question.evidence()::contains).count();
  }
}
