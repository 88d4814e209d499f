package dev.palimpsest.runtime.service;

import io.restassured.path.json.JsonPath;
import java.util.ArrayList;
import java.util.List;

/** One server-sent event. */
record ServerEvent(String type, JsonPath json) {
  static List<ServerEvent> parse(String stream) {
    List<ServerEvent> events = new ArrayList<>();
    for (String block : List.of(stream.split("\n\n", -1))) {
      List<String> lines = block.lines().filter(line -> !line.startsWith(":")).toList();
      if (!lines.isEmpty()) {
        events.add(
            new ServerEvent(
                lines.get(0).substring("event: ".length()),
                new JsonPath(lines.get(1).substring("data: ".length()))));
      }
    }
    return events;
  }

  static String words(List<ServerEvent> events) {
    StringBuilder words = new StringBuilder();
    for (ServerEvent event : events) {
      if (event.type().equals("output.delta")) {
        words.append(event.json().getString("text"));
      }
    }
    return words.toString();
  }
}
