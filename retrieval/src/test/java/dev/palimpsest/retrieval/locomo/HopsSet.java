package dev.palimpsest.retrieval.locomo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.palimpsest.retrieval.locomo.LocomoSet.Conversation;
import dev.palimpsest.retrieval.locomo.LocomoSet.Question;
import dev.palimpsest.retrieval.locomo.LocomoSet.Turn;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Generated questions of two to four hops, as {@code reader hops} writes them; the number of hops
 * is the category.
 */
final class HopsSet {
  private HopsSet() {}

  /** Reads a folder with {@code conversations.jsonl} and {@code questions.jsonl}. */
  static List<Conversation> read(Path folder) throws IOException {
    Map<String, Conversation> conversations = new LinkedHashMap<>();
    for (Map<String, Object> row : rows(folder.resolve("conversations.jsonl"))) {
      String name = text(row, "conversation");
      Conversation conversation =
          conversations.computeIfAbsent(
              name, id -> new Conversation(id, new ArrayList<>(), new ArrayList<>()));
      String id = text(row, "id");
      conversation
          .turns()
          .add(
              new Turn(
                  id,
                  "session_" + row.get("session"),
                  Integer.parseInt(id.substring(id.indexOf(':') + 1)) - 1,
                  text(row, "speaker"),
                  text(row, "text"),
                  Instant.parse(text(row, "time"))));
    }
    for (Map<String, Object> row : rows(folder.resolve("questions.jsonl"))) {
      Set<String> evidence = new LinkedHashSet<>();
      ((List<?>) row.get("evidence")).forEach(id -> evidence.add(String.valueOf(id)));
      conversations
          .get(text(row, "conversation"))
          .questions()
          .add(new Question(text(row, "question"), Integer.parseInt(text(row, "hops")), evidence));
    }
    return List.copyOf(conversations.values());
  }

  private static List<Map<String, Object>> rows(Path file) throws IOException {
    List<Map<String, Object>> rows = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        Map<String, Object> row = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          row.put(
              name, parser.nextToken() == JsonToken.START_ARRAY ? list(parser) : parser.getText());
        }
        rows.add(row);
      }
    }
    return rows;
  }

  private static List<String> list(JsonParser parser) throws IOException {
    List<String> list = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      list.add(parser.getText());
    }
    return list;
  }

  private static String text(Map<String, Object> row, String name) {
    return String.valueOf(row.get(name));
  }
}
