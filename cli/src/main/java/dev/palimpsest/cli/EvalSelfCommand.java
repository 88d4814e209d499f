package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code eval self}: whether what is remembered is found by its own words. */
@Command(
    name = "self",
    description = {
      "Draws memories, makes questions of their own words (a few of them; the same with two letters"
          + " swapped; a passage) and tells how often each memory comes back: a check of your own"
          + " data for which nobody has to write questions. It shows what is lost, not how good"
          + " answers are."
    })
final class EvalSelfCommand implements Callable<Integer> {
  private static final int MEMORIES_MAX = 1_000;
  private static final int NAMED_MAX = 5;
  private static final int NAME_MAX = 40;
  private static final int LINE_MAX = 200;

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Option(
      names = "--memories",
      paramLabel = "N",
      defaultValue = "50",
      description = "How many are drawn, 1 to 1000; default: ${DEFAULT-VALUE}.")
  private int memories = 50;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Another one draws others; default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--user",
      paramLabel = "U",
      description = "Also what is kept for this user; default: only what is for everybody.")
  private @Nullable String user;

  @Option(names = "--json", description = "The service's answer instead of the table.")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  EvalSelfCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    if (memories < 1 || memories > MEMORIES_MAX) {
      throw new ParameterException(
          spec.commandLine(), "--memories: " + memories + " is not between 1 and " + MEMORIES_MAX);
    }
    ObjectNode request = Json.object().put("memories", memories).put("seed", seed);
    if (user != null) {
      request.putObject("scope").put("user", user);
    }
    JsonNode answer =
        options.service(surroundings.environment()).post("/v1/memories/self-test", request);
    PrintWriter out = surroundings.streams().out();
    if (json) {
      out.println(answer);
    } else {
      show(answer, out);
    }
    return 0;
  }

  private static void show(JsonNode answer, PrintWriter out) {
    int asked = answer.path("asked").asInt();
    if (asked == 0) {
      out.println("There is no memory here that says enough to be asked for.");
      return;
    }
    Table table = new Table(List.of("QUESTION", "MODE", "FIRST", "AMONG TEN", "MRR@10"));
    for (JsonNode score : answer.path("scores")) {
      table.row(
          List.of(
              SafeText.line(score.path("question").asText(), NAME_MAX),
              SafeText.line(score.path("mode").asText(), NAME_MAX),
              percent(score.path("found_at_1")),
              percent(score.path("found_at_10")),
              percent(score.path("mrr_at_10"))));
    }
    out.println(table);
    String cut = answer.path("complete").asBoolean() ? "" : "; the time sufficed for no more";
    out.println(
        "%d of %d memories asked for, in %%%s.".formatted(asked, answer.path("seen").asInt(), cut));
    JsonNode missed = answer.path("missed");
    for (int i = 0; i < Math.min(NAMED_MAX, missed.size()); i++) {
      JsonNode one = missed.path(i);
      out.println(
          SafeText.line(
              "not found: %s by %s, %s"
                  .formatted(
                      one.path("memory").asText(),
                      one.path("question").asText(),
                      one.path("mode").asText()),
              LINE_MAX));
    }
  }

  private static String percent(JsonNode share) {
    return String.format(Locale.ROOT, "%.1f", 100 * share.asDouble());
  }
}
