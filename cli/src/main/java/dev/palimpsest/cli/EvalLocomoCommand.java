package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.IntPredicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code eval locomo}: how much of the evidence of LoCoMo's questions a search finds. */
@Command(
    name = "locomo",
    description = {
      "Imports the conversations of a LoCoMo file, searches each question in its own conversation,"
          + " and tells how much of the evidence came back, by category: 1 multi-hop, 2 temporal,"
          + " 3 open-domain, 4 single-hop, 5 adversarial.",
      "What is imported has a project of its own and is erased at the end."
    })
final class EvalLocomoCommand implements Callable<Integer> {
  private static final int K = 20;
  private static final int CATEGORIES = 5;
  private static final int LAST_ANSWERABLE = 4;
  private static final int QUESTIONS_PER_NOTE = 100;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double HALF = 0.50;
  private static final double NEARLY_ALL = 0.95;
  private static final List<String> MODES = List.of("lexical", "dense", "hybrid");

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Parameters(paramLabel = "FILE", description = "Conversations with questions, as published.")
  private Path file = Path.of("");

  @Option(
      names = "--mode",
      paramLabel = "M",
      defaultValue = "hybrid",
      description = "lexical, dense or hybrid; default: ${DEFAULT-VALUE}.")
  private String mode = "hybrid";

  @Option(names = "--keep", description = "Leaves what was imported in the service.")
  private boolean keeps;

  @Option(
      names = "--json",
      description = "One JSON object instead of the table, with the ranking of each question.")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  EvalLocomoCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    if (!MODES.contains(mode)) {
      throw new ParameterException(
          spec.commandLine(), "--mode: '" + mode + "' is none of " + String.join(", ", MODES));
    }
    List<LocomoTalk> talks = LocomoTalk.read(file);
    Service service = options.service(surroundings.environment());
    EvalStore store = new EvalStore(service, surroundings);
    List<EvidenceScore> scores = new ArrayList<>();
    try {
      talks.forEach(store::add);
      talks.forEach(talk -> ask(service, talk, scores));
    } finally {
      if (!keeps) {
        tell("erasing what was imported …");
        talks.forEach(store::erase);
      }
    }
    surroundings.streams().out().println(json ? json(scores) : table(scores));
    return 0;
  }

  private void ask(Service service, LocomoTalk talk, List<EvidenceScore> scores) {
    String place = EvalStore.place(talk);
    for (LocomoTalk.Question question : talk.questions()) {
      ObjectNode request =
          Json.object().put("query", question.text()).put("k", K).put("mode", mode);
      request.putObject("scope").put("project", place);
      request.putObject("filters").put("source", place);
      long began = nanos();
      JsonNode answer = service.post("/v1/memories/search", request);
      double millis = (nanos() - began) / NANOS_PER_MILLI;
      scores.add(new EvidenceScore(question, ranking(answer), millis));
      if (scores.size() % QUESTIONS_PER_NOTE == 0) {
        tell(scores.size() + " questions asked");
      }
    }
  }

  /** The importer keeps a turn's own id in the memory's metadata. */
  private static List<String> ranking(JsonNode answer) {
    List<String> turns = new ArrayList<>();
    for (JsonNode hit : answer.path("hits")) {
      String id = hit.path("memory").path("metadata").path("dia_id").asText("");
      if (!turns.contains(id)) {
        turns.add(id);
      }
    }
    return turns;
  }

  private String table(List<EvidenceScore> scores) {
    List<String> heads = new ArrayList<>(List.of("turns, " + mode, "n"));
    heads.addAll(EvidenceScore.METRICS);
    Table table = new Table(heads);
    groups(scores)
        .forEach((name, group) -> {
          List<String> row = new ArrayList<>(List.of(name.replace('_', ' ')));
          row.addAll(EvidenceScore.cells(group));
          table.row(row);
        });
    double[] times = times(scores);
    return table
        + System.lineSeparator()
        + "search, p50 and p95 (ms): "
        + Figure.number(Figure.quantile(times, HALF))
        + " and "
        + Figure.number(Figure.quantile(times, NEARLY_ALL));
  }

  private ObjectNode json(List<EvidenceScore> scores) {
    ObjectNode json = Json.object().put("set", "locomo").put("unit", "turn");
    json.put("mode", mode).put("k", K);
    groups(scores).forEach((name, group) -> json.set(name, EvidenceScore.json(group)));
    double[] times = times(scores);
    json.putObject("search_ms")
        .put("p50", Figure.quantile(times, HALF))
        .put("p95", Figure.quantile(times, NEARLY_ALL));
    ArrayNode questions = json.putArray("questions");
    for (EvidenceScore score : scores) {
      ObjectNode question = questions.addObject().put("question_id", score.question().id());
      question.put("category", score.question().category());
      ArrayNode evidence = question.putArray("evidence");
      score.question().evidence().stream().sorted().forEach(evidence::add);
      ArrayNode ranking = question.putArray("ranking");
      score.ranking().forEach(ranking::add);
    }
    return json;
  }

  /** All, those that can be answered, and each category that occurs. */
  private static Map<String, List<EvidenceScore>> groups(List<EvidenceScore> scores) {
    Map<String, List<EvidenceScore>> groups = new LinkedHashMap<>();
    groups.put("all", scores);
    groups.put("categories_1_to_4", of(scores, category -> category <= LAST_ANSWERABLE));
    for (int number = 1; number <= CATEGORIES; number++) {
      int wanted = number;
      groups.put("category_" + number, of(scores, category -> category == wanted));
    }
    groups.values().removeIf(List::isEmpty);
    return groups;
  }

  private static List<EvidenceScore> of(List<EvidenceScore> scores, IntPredicate category) {
    return scores.stream().filter(s -> category.test(s.question().category())).toList();
  }

  private static double[] times(List<EvidenceScore> scores) {
    return scores.stream().mapToDouble(EvidenceScore::millis).toArray();
  }

  private long nanos() {
    return surroundings.gauges().nanoTime().getAsLong();
  }

  private void tell(String line) {
    surroundings.streams().err().println(SafeText.of(line));
  }
}
