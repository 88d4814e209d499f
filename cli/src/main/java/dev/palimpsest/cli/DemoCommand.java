package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code demo}: the part of the demonstration that speaks to the service. The launcher starts a
 * service for it, kills that when it reads the word {@code kill} from the control pipe, and starts
 * it again.
 */
@Command(
    name = "demo",
    hidden = true,
    description = "Shows what the memory does; ./palimpsest demo starts the service for it.")
final class DemoCommand implements Callable<Integer> {
  private static final String SOURCE = "letters";
  private static final double NANOS_PER_MILLI = 1e6;
  private static final int COMPACTION_RATIO = 4;

  /** Five minutes in small steps: whoever watches wants to see the service come back at once. */
  private static final Backoff EAGER =
      new Backoff(Duration.ofMillis(100), Duration.ofMillis(400), 750);

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Option(
      names = "--control",
      paramLabel = "PIPE",
      required = true,
      description = "Where the launcher is told to kill the service.")
  private @Nullable Path control;

  DemoCommand(Surroundings surroundings) {
    this.surroundings = surroundings.with(EAGER);
  }

  @Override
  public Integer call() {
    Service service = options.service(surroundings.environment());
    Screen width = Screen.of(surroundings.environment());
    boolean colours = width.paints() && !surroundings.environment().containsKey("NO_COLOR");
    DemoScreen screen = new DemoScreen(surroundings.streams().out(), width, new Palette(colours));
    importTalk(service, width, screen);
    List<DemoAnswer> answers = answers(service, screen);
    screen.table(answers);
    return answers.stream().allMatch(DemoAnswer::isRight) ? 0 : CliException.REJECTED;
  }

  private List<DemoAnswer> answers(Service service, DemoScreen screen) {
    ObjectNode request = Json.object().put("title", "Demonstration");
    String session = service.post("/v1/sessions", request).path("id").asText("");
    List<DemoAnswer> answers = new ArrayList<>();
    try (Conversation conversation = new Conversation(service, session, surroundings)) {
      conversation.open();
      answers.add(ask(conversation, DemoQuestion.PLAIN, screen));
      answers.add(ask(conversation, DemoQuestion.TWO_STEP, screen));
      answers.add(askAndKill(conversation, DemoQuestion.CHANGED, screen));
      awaitReady(service);
      answers.add(search(service, DemoQuestion.AS_OF, screen));
      answers.add(ask(conversation, DemoQuestion.UNANSWERABLE, screen));
      answers.add(ask(conversation, DemoQuestion.AGAIN, screen));
      screen.step(DemoQuestion.COMPACTED.title());
      String path = "/v1/sessions/" + session;
      ObjectNode ratio = Json.object().put("ratio", COMPACTION_RATIO);
      screen.compacted(service.post(path + "/compact", ratio));
      answers.add(ask(conversation, DemoQuestion.COMPACTED, screen, peaceful(screen)));
      screen.readOver(service.get(path + "/context").path("compaction"));
      screen.expanded(service.post(path + "/expand", Json.object()));
    }
    return answers;
  }

  private void importTalk(Service service, Screen width, DemoScreen screen) {
    screen.step("A conversation of two years is imported");
    DemoTalk talk = DemoTalk.load();
    screen.line(talk.about());
    long began = nanos();
    ImportOutcome outcome = imported(service, talk, width);
    if (!(outcome instanceof ImportOutcome.Done done)) {
      throw CliException.couldNotRun("The conversation could not be imported: " + outcome);
    }
    ImportTally tally = ImportTally.of(done.report());
    screen.line(
        tally.read()
            + " read, "
            + tally.stored()
            + " stored, "
            + tally.rejected()
            + " rejected; all of them can be found after "
            + DemoScreen.time(millisSince(began)));
  }

  private ImportOutcome imported(Service service, DemoTalk talk, Screen width) {
    ImportOrder.Manner manner = new ImportOrder.Manner(false, true);
    ProgressLine line =
        new ProgressLine(
            surroundings.streams().err(), width.paints(), surroundings.gauges().nanoTime());
    try {
      Path file = talk.write();
      try {
        ImportOrder order =
            new ImportOrder(file, "jsonl", SOURCE, Optional.empty(), Optional.empty(), manner);
        return ImportClient.run(service, surroundings, order, new ImportScreen(SOURCE, line));
      } finally {
        line.clear();
        Files.delete(file);
      }
    } catch (IOException e) {
      throw CliException.couldNotRun("A temporary file cannot be written: " + Reasons.of(e));
    }
  }

  private DemoAnswer ask(Conversation conversation, DemoQuestion question, DemoScreen screen) {
    screen.step(question.title());
    return ask(conversation, question, screen, peaceful(screen));
  }

  private DemoWitness peaceful(DemoScreen screen) {
    return DemoWitness.peaceful(screen, surroundings.gauges().nanoTime());
  }

  private DemoAnswer askAndKill(
      Conversation conversation, DemoQuestion question, DemoScreen screen) {
    screen.step(question.title() + ", and the service is killed meanwhile");
    DemoWitness witness =
        new DemoWitness(screen, surroundings.gauges().nanoTime(), this::killService);
    return ask(conversation, question, screen, witness);
  }

  private DemoAnswer ask(
      Conversation conversation, DemoQuestion question, DemoScreen screen, DemoWitness witness) {
    screen.line(question.text());
    ObjectNode request =
        Json.object().put("input", question.text()).put("recall", "hybrid").put("grounded", true);
    long began = nanos();
    TurnOutcome outcome = conversation.turn(request, witness);
    double millis = millisSince(began);
    witness.ended();
    DemoAnswer answer =
        switch (outcome) {
          case TurnOutcome.Done done -> DemoAnswer.ofTurn(question, done.result(), millis);
          case TurnOutcome.Failed failed -> DemoAnswer.failed(question, failed.problem(), millis);
          case TurnOutcome.Refused refused ->
              DemoAnswer.failed(question, refused.problem(), millis);
          case TurnOutcome.Cancelled _, TurnOutcome.Left _ ->
              throw CliException.couldNotRun("The turn was cancelled.");
        };
    screen.answer(answer);
    return answer;
  }

  private DemoAnswer search(Service service, DemoQuestion question, DemoScreen screen) {
    screen.step(question.title());
    screen.line(question.text());
    ObjectNode request =
        Json.object()
            .put("query", question.text())
            .put("valid_at", DemoQuestion.AS_OF_TIME)
            .put("k", 1);
    long began = nanos();
    JsonNode found = service.post("/v1/memories/search", request);
    DemoAnswer answer = DemoAnswer.ofSearch(question, found, millisSince(began));
    screen.answer(answer);
    return answer;
  }

  /** The kill may have come after the answer; then the next request would come too early. */
  private void awaitReady(Service service) {
    Optional<Duration> pause = surroundings.backoff().before(0);
    for (int attempt = 0; pause.isPresent(); pause = surroundings.backoff().before(++attempt)) {
      Pause.of(pause.get());
      if (isReady(service)) {
        return;
      }
    }
    throw Service.unreachable(service.address(), "it was killed and did not come back");
  }

  private static boolean isReady(Service service) {
    try {
      return service.get("/q/health/ready").path("status").asText("").equals("UP");
    } catch (CliException e) {
      return false; // that is what is asked
    }
  }

  private void killService() {
    try {
      Path pipe = Objects.requireNonNull(control);
      Path ignored = Files.writeString(pipe, "kill\n", StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw CliException.couldNotRun("The launcher cannot be told: " + Reasons.of(e));
    }
  }

  private double millisSince(long began) {
    return (nanos() - began) / NANOS_PER_MILLI;
  }

  private long nanos() {
    return surroundings.gauges().nanoTime().getAsLong();
  }
}
