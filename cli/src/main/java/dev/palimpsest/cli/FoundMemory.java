package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One hit of a search as a person wants to see it. Parts that a memory does not have are empty.
 *
 * @param happenedAt RFC 3339
 * @param parts what the score is made of, where the service said so
 */
record FoundMemory(
    String id,
    String text,
    String happenedAt,
    String speaker,
    String source,
    double score,
    List<FoundMemory.Part> parts) {
  /** More than a service gives. */
  private static final int PARTS_MAX = 32;

  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH);

  FoundMemory {
    parts = List.copyOf(parts);
  }

  /**
   * One signal.
   *
   * @param share what it adds to the score
   */
  record Part(String signal, double share, String detail) {}

  /** All hits of an answer to a search, best first. */
  static List<FoundMemory> all(JsonNode answer) {
    List<FoundMemory> found = new ArrayList<>();
    for (JsonNode hit : answer.path("hits")) {
      found.add(
          of(hit.path("memory"), hit.path("score").asDouble(), parts(hit.path("explanation"))));
    }
    return found;
  }

  /** The day it happened, as in {@code 5 March 2023}; empty where it has none. */
  String day() {
    return day(happenedAt);
  }

  /** The day of an RFC 3339 time; the text itself where it is none. */
  static String day(String time) {
    try {
      return time.isEmpty() ? "" : DAY.format(OffsetDateTime.parse(time));
    } catch (DateTimeException e) {
      return time;
    }
  }

  /** A memory by itself. */
  static FoundMemory ofMemory(JsonNode memory, double score) {
    return of(memory, score, List.of());
  }

  private static FoundMemory of(JsonNode memory, double score, List<Part> parts) {
    return new FoundMemory(
        memory.path("id").asText(""),
        memory.path("text").asText(""),
        text(memory.path("happened_at")),
        text(memory.path("speaker")),
        memory.path("source").asText(""),
        score,
        parts);
  }

  private static String text(JsonNode value) {
    return value.isTextual() ? value.textValue() : "";
  }

  private static List<Part> parts(JsonNode explanation) {
    List<Part> parts = new ArrayList<>();
    for (JsonNode part : explanation.isArray() ? explanation : explanation.path("parts")) {
      if (parts.size() < PARTS_MAX) {
        parts.add(
            new Part(
                part.path("signal").asText(""),
                part.path("share").asDouble(),
                part.path("detail").asText("")));
      }
    }
    return parts;
  }
}
