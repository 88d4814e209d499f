package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options that evaluations of searches share. */
final class EvalOptions {
  private static final List<String> MODES = List.of("lexical", "dense", "hybrid", "mcts");
  private static final List<String> STRATEGIES = List.of("greedy", "beam", "random");
  private static final List<String> ALL =
      List.of("lexical", "dense", "hybrid", "greedy", "beam", "random", "mcts");

  @Option(
      names = "--mode",
      paramLabel = "M",
      split = ",",
      defaultValue = "hybrid",
      description =
          "lexical, dense, hybrid or mcts, or what does as mcts does without its tree: greedy, beam,"
              + " random. Several by comma, or all, are set side by side; default: ${DEFAULT-VALUE}.")
  private List<String> modes = List.of("hybrid");

  @Option(
      names = "--k",
      paramLabel = "N",
      defaultValue = "100",
      description = "Memories that a search returns; default: ${DEFAULT-VALUE}.")
  private int k = 100;

  @Option(
      names = "--pooled",
      description =
          "Searches each question in all conversations together, as users have them, instead of in"
              + " its own.")
  private boolean pooled;

  @Option(
      names = "--rollouts",
      paramLabel = "N",
      defaultValue = "24",
      description = "What a search that grows may ask; default: ${DEFAULT-VALUE}.")
  private int rollouts = 24;

  @Option(
      names = "--budget-ms",
      paramLabel = "MS",
      description = "Instead of a number of rollouts, how long a search that grows may take.")
  private int millis;

  @Option(names = "--keep", description = "Leaves what was imported in the service.")
  private boolean keeps;

  @Option(
      names = "--json",
      description = "One JSON object instead of the table, with the ranking of each question.")
  private boolean json;

  /** What is compared, checked. */
  List<String> arms(CommandLine command) {
    List<String> arms = modes.equals(List.of("all")) ? ALL : modes;
    for (String arm : arms) {
      if (!ALL.contains(arm)) {
        throw new ParameterException(
            command, "--mode: '" + arm + "' is none of " + String.join(", ", ALL) + ", all");
      }
    }
    return arms;
  }

  /** Whether what was imported stays. */
  boolean keeps() {
    return keeps;
  }

  /** Whether all conversations are searched together. */
  boolean pooled() {
    return pooled;
  }

  /** Whether the result is for programs. */
  boolean json() {
    return json;
  }

  /** How many memories a search returns. */
  int k() {
    return k;
  }

  /** A search, without its scope. */
  ObjectNode request(String arm, String question) {
    ObjectNode request = Json.object().put("query", question).put("k", k);
    request.put("mode", MODES.contains(arm) ? arm : "mcts");
    if (STRATEGIES.contains(arm)) {
      request.put("strategy", arm);
    }
    if (STRATEGIES.contains(arm) || arm.equals("mcts")) {
      request.put("seed", 1);
      if (millis > 0) {
        request.putObject("budget").put("ms", millis);
      } else {
        request.putObject("budget").put("rollouts", rollouts);
      }
    }
    return request;
  }
}
