package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Imports conversations, asks their questions in every way that is compared, and erases them. */
final class EvalRun {
  private static final int QUESTIONS_PER_NOTE = 100;
  private static final double NANOS_PER_MILLI = 1e6;

  private final Service service;
  private final Surroundings surroundings;
  private final EvalOptions options;
  private final EvalSet set;
  private int asked;

  EvalRun(Service service, Surroundings surroundings, EvalOptions options, EvalSet set) {
    this.service = service;
    this.surroundings = surroundings;
    this.options = options;
    this.set = set;
  }

  /** By arm, in the order of the questions, with the ids of turns. */
  Map<String, List<EvidenceScore>> scores(List<String> arms) {
    EvalStore store = new EvalStore(service, surroundings);
    Map<String, List<EvidenceScore>> scores = new LinkedHashMap<>();
    arms.forEach(arm -> scores.put(arm, new ArrayList<>()));
    try {
      set.talks().forEach(store::add);
      for (EvalTalk talk : set.talks()) {
        for (EvalTalk.Question question : talk.questions()) {
          scores.forEach((arm, list) -> list.add(ask(talk, question, arm)));
          note();
        }
      }
    } finally {
      if (!options.keeps()) {
        tell("erasing what was imported …");
        set.talks().forEach(store::erase);
      }
    }
    return scores;
  }

  private EvidenceScore ask(EvalTalk talk, EvalTalk.Question question, String arm) {
    String place = EvalStore.place(talk);
    ObjectNode request = options.request(arm, question.text());
    request.putObject("scope").put("project", place);
    request.putObject("filters").put("source", place);
    long began = nanos();
    JsonNode answer = service.post("/v1/memories/search", request);
    double millis = (nanos() - began) / NANOS_PER_MILLI;
    return new EvidenceScore(question, ranking(answer), millis);
  }

  /** The importer keeps a turn's own id in the memory's metadata. */
  private List<String> ranking(JsonNode answer) {
    List<String> turns = new ArrayList<>();
    for (JsonNode hit : answer.path("hits")) {
      String id = hit.path("memory").path("metadata").path(set.idField()).asText("");
      if (!turns.contains(id)) {
        turns.add(id);
      }
    }
    return turns;
  }

  private void note() {
    asked++;
    if (asked % QUESTIONS_PER_NOTE == 0) {
      tell(asked + " questions asked");
    }
  }

  private long nanos() {
    return surroundings.gauges().nanoTime().getAsLong();
  }

  private void tell(String line) {
    surroundings.streams().err().println(SafeText.of(line));
  }
}
