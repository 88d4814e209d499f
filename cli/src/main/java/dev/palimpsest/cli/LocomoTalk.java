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

/**
 * One conversation of LoCoMo with the questions about it.
 *
 * @param name its {@code sample_id}
 * @param file what is imported: the conversation alone, in LoCoMo's own format
 * @param questions those that have evidence
 */
record LocomoTalk(String name, String file, List<LocomoTalk.Question> questions) {
  private static final Pattern SESSION = Pattern.compile("session_\\d+");
  private static final Pattern EVIDENCE = Pattern.compile("D:?(\\d+):(\\d+)");
  private static final Pattern NAME = Pattern.compile("[0-9A-Za-z._-]{1,100}");

  LocomoTalk {
    questions = List.copyOf(questions);
  }

  /**
   * A question.
   *
   * @param id {@code locomo_<conversation>_qa<index>}, both from 0
   * @param category 1 multi-hop, 2 temporal, 3 open-domain, 4 single-hop, 5 adversarial
   * @param evidence ids of turns that exist, at least one
   */
  record Question(String id, String text, int category, Set<String> evidence) {
    Question {
      evidence = Set.copyOf(evidence);
    }
  }

  /**
   * All conversations of a file.
   *
   * @throws CliException (wrong use) when it cannot be read or is no such file
   */
  static List<LocomoTalk> read(Path file) {
    JsonNode samples = Json.parse(text(file)).orElse(JsonNodeFactory.instance.arrayNode());
    List<LocomoTalk> talks = new ArrayList<>();
    for (JsonNode sample : samples) {
      talks.add(of(sample, talks.size()));
    }
    if (talks.stream().allMatch(talk -> talk.questions().isEmpty())) {
      throw wrongUse(file + " holds no conversation of LoCoMo with questions.");
    }
    return talks;
  }

  private static LocomoTalk of(JsonNode sample, int number) {
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
    List<Question> questions = new ArrayList<>();
    int index = 0;
    for (JsonNode question : sample.path("qa")) {
      Set<String> evidence = evidence(question.path("evidence"), turns);
      if (!evidence.isEmpty()) {
        String id = "locomo_" + number + "_qa" + index;
        int category = question.path("category").asInt();
        questions.add(new Question(id, question.path("question").asText(), category, evidence));
      }
      index++;
    }
    return new LocomoTalk(name, alone(sample), questions);
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
