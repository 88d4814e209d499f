package dev.palimpsest.retrieval.selftest;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.selftest.SelfTestReport.Missed;
import dev.palimpsest.retrieval.selftest.SelfTestReport.Score;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/** Counts at which places memories came back. */
final class Tally {
  private final List<RecallMode> modes;
  private final Map<Asked, List<Integer>> places = new LinkedHashMap<>();
  private final List<Missed> missed = new ArrayList<>();

  private record Asked(QuestionForm form, RecallMode mode) {}

  Tally(List<RecallMode> modes) {
    this.modes = modes;
    for (QuestionForm form : QuestionForm.values()) {
      modes.forEach(mode -> places.put(new Asked(form, mode), new ArrayList<>()));
    }
  }

  List<RecallMode> modes() {
    return modes;
  }

  /** A place from 1, or 0. */
  void add(MemoryId memory, QuestionForm form, RecallMode mode, int place) {
    places.computeIfAbsent(new Asked(form, mode), asked -> new ArrayList<>()).add(place);
    if (place == 0 && missed.size() < SelfTestReport.MISSED_MAX) {
      missed.add(new Missed(memory, form, mode));
    }
  }

  List<Score> scores() {
    List<Score> scores = new ArrayList<>();
    places.forEach((asked, came) ->
        scores.add(
            new Score(
                asked.form,
                asked.mode,
                mean(came, place -> place == 1 ? 1 : 0),
                mean(came, place -> place > 0 ? 1 : 0),
                mean(came, place -> place > 0 ? 1.0 / place : 0))));
    return scores;
  }

  List<Missed> missed() {
    return missed;
  }

  private static double mean(List<Integer> places, IntToDoubleFunction worth) {
    return places.stream().mapToDouble(worth::applyAsDouble).average().orElse(0);
  }
}
