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

/** {@code eval beam}: how much of the evidence of BEAM's probing questions a search finds. */
@Command(
    name = "beam",
    description = {
      "Imports the chats of a BEAM folder, searches each probing question in its own chat, and tells"
          + " how much of the evidence came back, by ability, in pairs of a message and its reply.",
      "What is imported has a project of its own and is erased at the end."
    })
final class EvalBeamCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();
  @Mixin private EvalOptions evaluation = new EvalOptions();

  @Parameters(
      paramLabel = "DIR",
      description = "Folders of chats, each with chat.json or chat.json.gz and its questions.")
  private Path folder = Path.of("");

  @Spec private CommandSpec spec = CommandSpec.create();

  EvalBeamCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    List<String> arms = evaluation.arms(spec.commandLine());
    LinkedHashMap<String, UnaryOperator<String>> units = new LinkedHashMap<>();
    units.put("pair", EvalBeamCommand::pair);
    units.put("message", message -> message);
    EvalSet set = new EvalSet("beam", BeamTalk.ID, BeamTalk.read(folder), units, Map.of());
    Service service = options.service(surroundings.environment());
    EvalReport report =
        new EvalReport(set, new EvalRun(service, surroundings, evaluation, set).scores(arms));
    Object shown = evaluation.json() ? report.json(evaluation.k()) : report.text();
    surroundings.streams().out().println(shown);
    return 0;
  }

  /** What is no message of a chat is in no pair; one of another chat has that one's name before. */
  private static String pair(String message) {
    int number = message.lastIndexOf(' ') + 1;
    return number == message.length()
        ? message
        : message.substring(0, number) + "p" + Integer.parseInt(message.substring(number)) / 2;
  }
}
