package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** Reads the chats of a BEAM folder: one folder each, with the chat and its probing questions. */
final class BeamTalk {
  /** The member of a memory's metadata that holds a message's number. */
  static final String ID = "beam_message";

  /** What the generator left at the end of messages; it would link those of one plan. */
  private static final Pattern TAG =
      Pattern.compile("\\s*->->\\s*\\d+\\s*,\\s*(\\d+|N/A)(\\s*,\\s*\\d+)*\\)?\\s*$");

  private static final int NAME_CHARACTERS_MAX = 60;

  private BeamTalk() {}

  /**
   * All chats of a folder, by name.
   *
   * @throws CliException (wrong use) when it holds none
   */
  static List<EvalTalk> read(Path folder) {
    List<EvalTalk> talks = new ArrayList<>();
    try (Stream<Path> chats = Files.list(folder)) {
      chats
          .filter(chat -> Files.exists(chat.resolve("probing_questions.json")))
          .sorted(Comparator.comparing(BeamTalk::name))
          .forEach(chat -> talks.add(talk(chat)));
    } catch (IOException e) {
      throw wrongUse("The folder " + folder + " cannot be read: " + Reasons.of(e));
    }
    if (talks.isEmpty()) {
      throw wrongUse(folder + " holds no chat of BEAM with questions.");
    }
    return talks;
  }

  private static EvalTalk talk(Path chat) {
    Set<String> messages = new LinkedHashSet<>();
    StringBuilder lines = new StringBuilder();
    for (JsonNode batch : chat(chat)) {
      for (JsonNode turn : batch.path("turns")) {
        addTo(lines, messages, batch, turn);
      }
    }
    return new EvalTalk("beam-" + name(chat), "jsonl", lines.toString(), questions(chat, messages));
  }

  private static void addTo(
      StringBuilder lines, Set<String> messages, JsonNode batch, JsonNode turn) {
    for (JsonNode message : turn) {
      String id = message.path("id").asText("");
      if (messages.add(id)) {
        lines.append(line(batch, id, message)).append('\n');
      }
    }
  }

  private static ObjectNode line(JsonNode batch, String id, JsonNode message) {
    ObjectNode line = Json.object().put("id", id);
    String text = TAG.matcher(message.path("content").asText("")).replaceFirst("");
    line.put("text", text.isBlank() ? "-" : text);
    line.put("speaker", message.path("role").asText(""));
    line.put("session", "batch " + batch.path("batch_number").asText(""));
    line.putObject("metadata").put(ID, id);
    return line;
  }

  private static List<EvalTalk.Question> questions(Path chat, Set<String> messages) {
    List<EvalTalk.Question> questions = new ArrayList<>();
    JsonNode abilities = json(chat.resolve("probing_questions.json"));
    for (Map.Entry<String, JsonNode> ability : abilities.properties()) {
      int index = 0;
      for (JsonNode question : ability.getValue()) {
        Set<String> evidence = new LinkedHashSet<>();
        addNumbers(evidence, question.path("source_chat_ids"));
        evidence.retainAll(messages);
        if (!evidence.isEmpty()) {
          String id = "beam_" + name(chat) + "_" + ability.getKey() + index;
          String text = question.path("question").asText("");
          questions.add(new EvalTalk.Question(id, text, ability.getKey(), evidence));
        }
        index++;
      }
    }
    return questions;
  }

  /** A number, or whatever of lists and maps holds some. */
  private static void addNumbers(Set<String> numbers, JsonNode node) {
    if (node.isIntegralNumber()) {
      numbers.add(node.asText());
    }
    node.forEach(element -> addNumbers(numbers, element));
  }

  private static JsonNode chat(Path folder) {
    Path packed = folder.resolve("chat.json.gz");
    return Files.exists(packed) ? json(packed) : json(folder.resolve("chat.json"));
  }

  private static JsonNode json(Path file) {
    try (InputStream in = Files.newInputStream(file);
        InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in) {
      String text = new String(plain.readAllBytes(), StandardCharsets.UTF_8);
      return Json.parse(text).orElseThrow(() -> wrongUse(file + " is no JSON."));
    } catch (IOException e) {
      throw wrongUse("The file " + file + " cannot be read: " + Reasons.of(e));
    }
  }

  private static String name(Path folder) {
    String name = String.valueOf(folder.getFileName()).replaceAll("[^0-9A-Za-z._-]", "_");
    return name.length() > NAME_CHARACTERS_MAX ? name.substring(0, NAME_CHARACTERS_MAX) : name;
  }

  private static CliException wrongUse(String line) {
    return new CliException(CliException.WRONG_USE, List.of(line));
  }
}
