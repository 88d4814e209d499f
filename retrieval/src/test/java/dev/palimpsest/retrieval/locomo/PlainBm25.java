package dev.palimpsest.retrieval.locomo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The floor, word for word as the metrics page defines it (analysis A): checks the harness. */
final class PlainBm25 {
  private static final Pattern WORD = Pattern.compile("[a-z0-9]+");
  private static final double K1 = 1.2;
  private static final double B = 0.75;

  private final List<LocomoSet.Turn> turns;
  private final List<Map<String, Integer>> documents = new ArrayList<>();
  private final Map<String, Integer> frequencies = new HashMap<>();
  private final double[] lengths;
  private final double average;

  PlainBm25(List<LocomoSet.Turn> turns) {
    this.turns = turns;
    for (LocomoSet.Turn turn : turns) {
      Map<String, Integer> counts = new HashMap<>();
      words(turn.speaker() + ": " + turn.text()).forEach(w -> counts.merge(w, 1, Integer::sum));
      counts.keySet().forEach(word -> frequencies.merge(word, 1, Integer::sum));
      documents.add(counts);
    }
    lengths =
        documents.stream()
            .mapToDouble(d -> d.values().stream().mapToInt(Integer::intValue).sum())
            .toArray();
    average = Arrays.stream(lengths).average().orElseThrow();
  }

  List<String> rank(String question) {
    double[] scores = new double[turns.size()];
    for (String word : words(question)) {
      int df = frequencies.getOrDefault(word, 0);
      double idf = Math.log(1 + (turns.size() - df + 0.5) / (df + 0.5));
      for (int d = 0; d < scores.length; d++) {
        double tf = documents.get(d).getOrDefault(word, 0);
        scores[d] += idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * lengths[d] / average));
      }
    }
    return IntStream.range(0, scores.length)
        .boxed()
        .filter(d -> scores[d] > 0)
        .sorted(Comparator.comparingDouble((Integer d) -> -scores[d]))
        .map(d -> turns.get(d).id())
        .toList();
  }

  private static List<String> words(String text) {
    return WORD.matcher(text.toLowerCase(Locale.ROOT)).results().map(MatchResult::group).toList();
  }
}
