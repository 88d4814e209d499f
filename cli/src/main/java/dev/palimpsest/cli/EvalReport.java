package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/** Says what an evaluation found, for people and for programs. */
final class EvalReport {
  private static final double HALF = 0.50;
  private static final double NEARLY_ALL = 0.95;
  private static final int PERCENT = 100;
  private static final String HEADLINE = "frac@10";

  private final EvalSet set;
  private final Map<String, List<EvidenceScore>> scores;

  /** Of rankings of turns, by arm, the questions in one order. */
  EvalReport(EvalSet set, Map<String, List<EvidenceScore>> scores) {
    this.set = set;
    this.scores = scores;
  }

  /** A table for each arm; where there are several, one with all side by side. */
  String text() {
    List<String> blocks = new ArrayList<>();
    scores.forEach((arm, list) -> blocks.add(table(arm, list)));
    if (scores.size() > 1) {
      blocks.add(sideBySide());
    }
    return String.join(System.lineSeparator().repeat(2), blocks);
  }

  /** Everything, with the ranking of each question. */
  ObjectNode json(int k) {
    ObjectNode json = Json.object().put("set", set.name()).put("k", k);
    json.put("unit", unit());
    if (scores.size() == 1) {
      scores.forEach((arm, list) -> addTo(json, arm, list));
    } else {
      ObjectNode arms = json.putObject("arms");
      scores.forEach((arm, list) -> addTo(arms.putObject(arm), arm, list));
    }
    return json;
  }

  private String unit() {
    return set.units().firstEntry().getKey();
  }

  private String table(String arm, List<EvidenceScore> turns) {
    List<String> heads = new ArrayList<>(List.of(unit() + "s, " + arm, "n"));
    heads.addAll(EvidenceScore.METRICS);
    Table table = new Table(heads);
    set.units()
        .forEach((unit, map) -> {
          List<EvidenceScore> counted = by(turns, map);
          if (unit.equals(unit())) {
            set.groups().forEach((name, group) -> addRow(table, name, of(counted, group)));
          } else {
            addRow(table, unit + "s", counted);
          }
        });
    double[] times = times(turns);
    return table
        + System.lineSeparator()
        + "search, p50 and p95 (ms): "
        + Figure.number(Figure.quantile(times, HALF))
        + " and "
        + Figure.number(Figure.quantile(times, NEARLY_ALL));
  }

  private static void addRow(Table table, String name, List<EvidenceScore> scores) {
    if (!scores.isEmpty()) {
      List<String> row = new ArrayList<>(List.of(name.replace('_', ' ')));
      row.addAll(EvidenceScore.cells(scores));
      table.row(row);
    }
  }

  /** Arms as columns; under the last a difference to it is told with its interval. */
  private String sideBySide() {
    List<String> heads = new ArrayList<>(List.of(HEADLINE + ", 95 %"));
    heads.addAll(scores.keySet());
    Table table = new Table(heads);
    UnaryOperator<String> map = set.units().firstEntry().getValue();
    ToDoubleFunction<EvidenceScore> metric = EvidenceScore.metric(HEADLINE);
    set.groups()
        .forEach((name, group) -> {
          List<String> row = new ArrayList<>(List.of(name.replace('_', ' ')));
          scores
              .values()
              .forEach(list -> row.add(interval(values(of(by(list, map), group), metric))));
          table.row(row);
        });
    String last = List.copyOf(scores.keySet()).getLast();
    double[] base = values(by(scores.getOrDefault(last, List.of()), map), metric);
    List<String> less = new ArrayList<>(List.of(last + " less it"));
    scores.values().forEach(list -> less.add(interval(less(base, values(by(list, map), metric)))));
    table.row(less);
    return table.toString();
  }

  private static double[] less(double[] base, double[] other) {
    double[] less = new double[base.length];
    for (int i = 0; i < less.length; i++) {
      less[i] = base[i] - other[i];
    }
    return less;
  }

  private static String interval(double[] values) {
    if (values.length == 0) {
      return "-";
    }
    Bootstrap sure = Bootstrap.of(values);
    double mean = Arrays.stream(values).average().orElse(0);
    return String.format(
        Locale.ROOT,
        "%.1f [%.1f, %.1f]",
        PERCENT * mean,
        PERCENT * sure.low(),
        PERCENT * sure.high());
  }

  private void addTo(ObjectNode json, String arm, List<EvidenceScore> turns) {
    json.put("mode", arm);
    set.units()
        .forEach((unit, map) -> {
          ObjectNode place = unit.equals(unit()) ? json : json.putObject(unit);
          set.groups()
              .forEach((name, group) -> {
                List<EvidenceScore> counted = of(by(turns, map), group);
                if (!counted.isEmpty()) {
                  place.set(name, EvidenceScore.json(counted));
                }
              });
        });
    double[] times = times(turns);
    json.putObject("search_ms")
        .put("p50", Figure.quantile(times, HALF))
        .put("p95", Figure.quantile(times, NEARLY_ALL));
    addQuestions(json.putArray("questions"), by(turns, set.units().firstEntry().getValue()));
  }

  private static void addQuestions(ArrayNode array, List<EvidenceScore> scores) {
    for (EvidenceScore score : scores) {
      ObjectNode question = array.addObject().put("question_id", score.question().id());
      question.put("group", score.question().group());
      ArrayNode evidence = question.putArray("evidence");
      score.question().evidence().stream().sorted().forEach(evidence::add);
      ArrayNode ranking = question.putArray("ranking");
      score.ranking().forEach(ranking::add);
    }
  }

  private static List<EvidenceScore> by(List<EvidenceScore> turns, UnaryOperator<String> unit) {
    return turns.stream().map(score -> score.by(unit)).toList();
  }

  private static List<EvidenceScore> of(List<EvidenceScore> scores, Predicate<String> group) {
    return scores.stream().filter(score -> group.test(score.question().group())).toList();
  }

  private static double[] values(
      List<EvidenceScore> scores, ToDoubleFunction<EvidenceScore> metric) {
    return scores.stream().mapToDouble(metric).toArray();
  }

  private static double[] times(List<EvidenceScore> scores) {
    return scores.stream().mapToDouble(EvidenceScore::millis).toArray();
  }
}
