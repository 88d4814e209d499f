package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads LoCoMo's file of conversations and questions. */
final class LocomoTalk {
  private static final Pattern SESSION = Pattern.compile("session_\\d+");
  private static final Pattern EVIDENCE = Pattern.compile("D:?(\\d+):(\\d+)");
  private static final Pattern NAME = Pattern.compile("[0-9A-Za-z._-]{1,100}");

  private LocomoTalk() {}

  /**
   * All conversations of a file.
   *
   * @throws CliException (wrong use) when it cannot be read or is no such file
   */
  static List<EvalTalk> read(Path file) {
    JsonNode samples = Json.parse(text(file)).orElse(JsonNodeFactory.instance.arrayNode());
    List<EvalTalk> talks = new ArrayList<>();
    for (JsonNode sample : samples) {
      talks.add(of(sample, talks.size()));
    }
    if (talks.stream().allMatch(talk -> talk.questions().isEmpty())) {
      throw wrongUse(file + " holds no conversation of LoCoMo with questions.");
    }
    return talks;
  }

  private static EvalTalk of(JsonNode sample, int number) {
    String name = sample.path("sample_id").asText("");
    if (!NAME.matcher(name).matches()) {
      throw wrongUse("Conversation " + number + " has no usable sample_id.");
    }
    Set<String> turns = new HashSet<>();
    sample
        .path("conversation")
        .properties()
        .forEach(member -> {
          if (SESSION.matcher(member.getKey()).matches() && member.getValue().isArray()) {
            member.getValue().forEach(turn -> turns.add(turn.path("dia_id").asText("")));
          }
        });
    List<EvalTalk.Question> questions = new ArrayList<>();
    int index = 0;
    for (JsonNode question : sample.path("qa")) {
      Set<String> evidence = evidence(question.path("evidence"), turns);
      if (!evidence.isEmpty()) {
        String id = "locomo_" + number + "_qa" + index;
        String group = "category_" + question.path("category").asInt();
        questions.add(
            new EvalTalk.Question(id, question.path("question").asText(), group, evidence));
      }
      index++;
    }
    return new EvalTalk(name, "locomo", alone(sample), questions);
  }

  /** Questions, summaries and observations are the answers: they never leave the client. */
  private static String alone(JsonNode sample) {
    var talk = Json.object();
    talk.set("sample_id", sample.path("sample_id"));
    talk.set("conversation", sample.path("conversation"));
    return JsonNodeFactory.instance.arrayNode().add(talk).toString();
  }

  private static Set<String> evidence(JsonNode texts, Set<String> turns) {
    Set<String> evidence = new LinkedHashSet<>();
    for (JsonNode text : texts) {
      Matcher ids = EVIDENCE.matcher(text.asText());
      while (ids.find()) {
        String id = "D" + plain(ids.group(1)) + ":" + plain(ids.group(2));
        if (turns.contains(id)) {
          evidence.add(id);
        }
      }
    }
    return evidence;
  }

  /** Without leading zeros. */
  private static String plain(String number) {
    String stripped = number.replaceFirst("^0+", "");
    return stripped.isEmpty() ? "0" : stripped;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw wrongUse("The file " + file + " cannot be read: " + Reasons.of(e));
    }
  }

  private static CliException wrongUse(String line) {
    return new CliException(CliException.WRONG_USE, List.of(line));
  }
}
