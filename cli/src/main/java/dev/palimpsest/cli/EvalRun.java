package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Imports conversations, asks their questions in every way that is compared, and erases them. */
final class EvalRun {
  private static final int QUESTIONS_PER_NOTE = 100;
  private static final double NANOS_PER_MILLI = 1e6;

  /** As the service estimates tokens where a search has a budget of them. */
  private static final int CHARACTERS_PER_TOKEN = 4;

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
    EvalStore store = new EvalStore(service, surroundings, options.pooled());
    Map<String, List<EvidenceScore>> scores = new LinkedHashMap<>();
    arms.forEach(arm -> scores.put(arm, new ArrayList<>()));
    try {
      set.talks().forEach(store::add);
      for (EvalTalk talk : set.talks()) {
        for (EvalTalk.Question question : talk.questions()) {
          scores.forEach((arm, list) -> list.add(ask(store, talk, question, arm)));
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

  private EvidenceScore ask(
      EvalStore store, EvalTalk talk, EvalTalk.Question question, String arm) {
    ObjectNode request = options.request(arm, question.text());
    request.putObject("scope").put("project", store.project(talk));
    if (!options.pooled()) {
      request.putObject("filters").put("source", EvalStore.source(talk));
    }
    long began = nanos();
    JsonNode answer = service.post("/v1/memories/search", request);
    double millis = (nanos() - began) / NANOS_PER_MILLI;
    Ranking ranking = new Ranking();
    for (JsonNode hit : answer.path("hits")) {
      JsonNode memory = hit.path("memory");
      ranking.add(turn(talk, memory), memory.path("text").asText().length());
    }
    return new EvidenceScore(question, ranking.turns(), ranking.fitting(), millis);
  }

  /**
   * The importer keeps a turn's own id in the memory's metadata. Turns of other conversations have
   * the same ones, and are told apart.
   */
  private String turn(EvalTalk talk, JsonNode memory) {
    String id = memory.path("metadata").path(set.idField()).asText("");
    String source = memory.path("source").asText("");
    return !options.pooled() || source.equals(EvalStore.source(talk)) ? id : source + " " + id;
  }

  /** Turns in the order of their hits, each once, and how many fit into each budget of tokens. */
  private static final class Ranking {
    private final List<String> turns = new ArrayList<>();
    private final int[] fitting = new int[EvidenceScore.BUDGETS.size()];
    private int characters;

    /** A turn that does not fit any more ends what is read. */
    void add(String turn, int length) {
      characters += length;
      if (!turns.contains(turn)) {
        turns.add(turn);
      }
      int tokens = Math.ceilDiv(characters, CHARACTERS_PER_TOKEN);
      for (int i = 0; i < fitting.length; i++) {
        fitting[i] = tokens <= EvidenceScore.BUDGETS.get(i) ? turns.size() : fitting[i];
      }
    }

    List<String> turns() {
      return turns;
    }

    List<Integer> fitting() {
      return Arrays.stream(fitting).boxed().toList();
    }
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
