package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * What came of a question.
 *
 * @param evidence memories that the answer quotes
 * @param beside memories that were recalled and join the question with the answer
 * @param sure how often an answer like this one is right, where the service knows that
 * @param millis from asking to the end
 */
record DemoAnswer(
    DemoQuestion question,
    String output,
    List<FoundMemory> evidence,
    List<FoundMemory> beside,
    OptionalDouble sure,
    double millis) {
  DemoAnswer {
    evidence = List.copyOf(evidence);
    beside = List.copyOf(beside);
  }

  /** Reads a turn's result: the memories that it cites, with their words. */
  static DemoAnswer ofTurn(DemoQuestion question, JsonNode result, double millis) {
    Map<String, FoundMemory> recalled = new HashMap<>();
    List<FoundMemory> beside = new ArrayList<>();
    for (JsonNode memory : result.path("recalled")) {
      FoundMemory found = FoundMemory.ofMemory(memory, memory.path("score").asDouble());
      recalled.put(found.id(), found);
      if (!question.bridge().isEmpty() && found.text().contains(question.bridge())) {
        beside.add(found);
      }
    }
    List<FoundMemory> evidence = new ArrayList<>();
    for (JsonNode citation : result.path("citations")) {
      FoundMemory cited =
          recalled.getOrDefault(citation.path("memory").asText(""), quoted(citation));
      if (evidence.stream().noneMatch(known -> known.id().equals(cited.id()))) {
        evidence.add(cited);
      }
    }
    beside.removeAll(evidence);
    return new DemoAnswer(
        question,
        result.path("output").asText("").strip(),
        evidence,
        beside,
        Evidence.sure(result),
        millis);
  }

  /** Takes the best hit of a search for the answer and its own evidence. */
  static DemoAnswer ofSearch(DemoQuestion question, JsonNode found, double millis) {
    List<FoundMemory> best = FoundMemory.all(found).stream().limit(1).toList();
    String output = best.isEmpty() ? "" : best.getFirst().text();
    return new DemoAnswer(question, output, best, List.of(), OptionalDouble.empty(), millis);
  }

  static DemoAnswer failed(DemoQuestion question, Problem problem, double millis) {
    return new DemoAnswer(
        question, problem.lines().getFirst(), List.of(), List.of(), OptionalDouble.empty(), millis);
  }

  boolean isRight() {
    return question.isRight(output);
  }

  /** The days of the evidence, for a table. */
  String days() {
    return evidence.isEmpty()
        ? "-"
        : evidence.stream().map(FoundMemory::day).distinct().collect(Collectors.joining(", "));
  }

  private static FoundMemory quoted(JsonNode citation) {
    return new FoundMemory(
        citation.path("memory").asText(""),
        citation.path("quote").asText(""),
        citation.path("happened_at").asText(""),
        citation.path("speaker").asText(""),
        citation.path("source").asText(""),
        0,
        List.of());
  }
}
