package dev.palimpsest.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench session}: what a turn costs beside the model. */
@Command(
    name = "session",
    description = {
      "Runs short turns in a session of its own and tells what a turn costs.",
      "Outside the model: the client's time from sending the turn to its end, less the time the"
          + " service spent in the model; and the same by the service's own clock."
    })
final class BenchSessionCommand implements Callable<Integer> {
  /** Fewer make no median. */
  static final int TURNS_MIN = 5;

  static final int TURNS_MAX = 10_000;

  private static final int WARM_UP_TURNS = 3;

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--turns",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many turns are measured, 5 to 10000; default: ${DEFAULT-VALUE}.")
  private int turns = 20;

  @Option(names = "--json", description = "One JSON object instead of the table.")
  private boolean json;

  BenchSessionCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    if (turns < TURNS_MIN || turns > TURNS_MAX) {
      throw new ParameterException(
          spec.commandLine(), "--turns: " + turns + " is not between 5 and 10000");
    }
    Service service = options.service(surroundings.environment());
    String session = service.post("/v1/sessions", Json.object()).path("id").asText("");
    double loadBefore = surroundings.gauges().loadAverage().getAsDouble();
    List<TimedTurn> measured = measure(service, session);
    double loadAfter = surroundings.gauges().loadAverage().getAsDouble();
    erase(service, session);
    SessionFigures figures = SessionFigures.of(measured, loadBefore, loadAfter);
    surroundings.streams().out().println(json ? figures.json() : figures.table());
    return 0;
  }

  /** What was measured counts even where the session cannot be erased. */
  private void erase(Service service, String session) {
    try {
      boolean ignored = service.delete("/v1/sessions/" + ServiceAddress.encode(session)).isNull();
    } catch (CliException e) {
      String reason = e.lines().getFirst();
      surroundings.streams().err().println(SafeText.of("Session " + session + " stays: " + reason));
    }
  }

  private List<TimedTurn> measure(Service service, String session) {
    PrintWriter progress = surroundings.streams().err();
    List<TimedTurn> measured = new ArrayList<>();
    try (Conversation conversation = new Conversation(service, session, surroundings)) {
      conversation.open();
      for (int turn = 0; turn < WARM_UP_TURNS + turns; turn++) {
        TimedTurn timed = TimedTurn.run(conversation, surroundings.gauges());
        if (turn >= WARM_UP_TURNS) {
          measured.add(timed);
        }
      }
    }
    progress.println(
        turns + " turns after " + WARM_UP_TURNS + " to warm up, at " + service.address().base());
    return measured;
  }
}
