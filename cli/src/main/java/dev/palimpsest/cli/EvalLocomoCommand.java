package dev.palimpsest.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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
  private static final String ADVERSARIAL = "category_5";

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();
  @Mixin private EvalOptions evaluation = new EvalOptions();

  @Parameters(paramLabel = "FILE", description = "Conversations with questions, as published.")
  private Path file = Path.of("");

  @Spec private CommandSpec spec = CommandSpec.create();

  EvalLocomoCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    List<String> arms = evaluation.arms(spec.commandLine());
    LinkedHashMap<String, UnaryOperator<String>> units = new LinkedHashMap<>();
    units.put("turn", turn -> turn);
    units.put("session", turn -> turn.replaceFirst(":.*", ""));
    EvalSet set =
        new EvalSet(
            "locomo",
            "dia_id",
            LocomoTalk.read(file),
            units,
            Map.of("categories_1_to_4", group -> !group.equals(ADVERSARIAL)));
    Service service = options.service(surroundings.environment());
    EvalReport report =
        new EvalReport(set, new EvalRun(service, surroundings, evaluation, set).scores(arms));
    Object shown = evaluation.json() ? report.json(evaluation.k()) : report.text();
    surroundings.streams().out().println(shown);
    return 0;
  }
}
